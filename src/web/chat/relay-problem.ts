import { parseJsonObject } from '../../shared/json-object.ts'
import { errorIn } from './answer-events.ts'

/** A response that is not the requested one, or none at all. */
export interface RelayProblem {
  /** `null`: no response. */
  readonly status: number | null
  /** The relay's or desktop's message. */
  readonly message: string
  readonly retryAfterMs: number | null
  /** Where the request stands in the queue, from 1; `null` if the response does not say. */
  readonly queuePlace: number | null
  readonly code: string | null
}

export const NO_RESPONSE: RelayProblem = {
  status: null,
  message: 'The relay does not respond.',
  retryAfterMs: null,
  queuePlace: null,
  code: null,
}

/** Longer bodies are no error messages. */
const MAX_MESSAGE_CHARS = 500

/** Reads the response to the end. Never rejects. */
export async function problemIn(response: Response): Promise<RelayProblem> {
  const text = await response.text().catch(() => '')
  const body = parseJsonObject(text)
  const message = (body && errorIn(body)) ?? `The relay answered with status ${response.status}.`
  return {
    status: response.status,
    message: message.slice(0, MAX_MESSAGE_CHARS),
    retryAfterMs: secondsIn(response.headers.get('retry-after')),
    queuePlace: numberIn(response.headers.get('x-queue-position')),
    code: response.headers.get('x-error-code'),
  }
}

function secondsIn(text: string | null): number | null {
  const seconds = numberIn(text)
  return seconds === null ? null : seconds * 1000
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null
}
