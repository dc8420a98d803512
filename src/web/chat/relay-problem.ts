import { DESKTOP_ERROR_FIELD, RELAY_ERROR_FIELD } from '../../shared/error-fields.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import { errorIn } from './answer-events.ts'
import type { PageProblem, Problem } from './chat-view.ts'

/** A response that is not the requested one. */
export interface RelayProblem {
  readonly status: number
  readonly problem: Problem
  readonly retryAfterMs: number | null
  /** Where the request stands in the queue, from 1; `null` if the response does not say. */
  readonly queuePlace: number | null
  readonly code: string | null
}

/** Longer bodies are no error messages. */
const MAX_MESSAGE_CHARS = 500

/** Codes of the relay and the desktop (docs/errors.md) that the page explains in the reader's language. */
const EXPLAINED = new Map<string | null, PageProblem>([
  ['MODEL_NOT_ALLOWED', 'modelNotAllowed'],
  ['SCOPE_MISSING', 'permissionMissing'],
  ['BODY_TOO_LARGE', 'messageTooLarge'],
  ['UPSTREAM_UNREACHABLE', 'noModelServer'],
  ['UPSTREAM_UNAUTHORIZED', 'modelServerNeedsKey'],
  ['UPSTREAM_FAILED', 'answerBroken'],
])

/** The problem behind a code, if the page has words for it. */
export function explained(code: string | null): Problem | undefined {
  const kind = EXPLAINED.get(code)
  return kind && { kind }
}

/** Whether the device that the request names is offline, while another one of its owner is not. */
export function isAway({ headers }: Response): boolean {
  return headers.get(RELAY_ERROR_FIELD) === 'DEVICE_UNKNOWN'
}

/** Reads the response to the end. Never rejects. */
export async function problemIn(response: Response): Promise<RelayProblem> {
  const { status, headers } = response
  const text = await response.text().catch(() => '')
  const code = headers.get(RELAY_ERROR_FIELD) ?? headers.get(DESKTOP_ERROR_FIELD)
  const problem = status === 401 ? { kind: 'keyRefused' as const } : explained(code)
  return {
    status,
    problem: problem ?? saidIn(text, status),
    retryAfterMs: secondsIn(headers.get('retry-after')),
    queuePlace: numberIn(headers.get('x-queue-position')),
    code,
  }
}

function saidIn(text: string, status: number): Problem {
  const body = parseJsonObject(text)
  const problem = body && errorIn(body)
  if (!problem) return { kind: 'status', status }
  return problem.kind === 'told'
    ? { kind: 'told', message: problem.message.slice(0, MAX_MESSAGE_CHARS) }
    : problem
}

function secondsIn(text: string | null): number | null {
  const seconds = numberIn(text)
  return seconds === null ? null : seconds * 1000
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null
}
