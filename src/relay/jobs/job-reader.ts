import type { IncomingMessage } from 'node:http'
import type { InternalRequest } from '../../front/internal-requests.ts'
import type { ClientOrigin } from '../../front/request-context.ts'
import { readAll } from '../../shared/byte-queue.ts'
import { DESKTOP_ERROR_FIELD, RELAY_ERROR_FIELD } from '../../shared/error-fields.ts'
import { AppError, type ErrorCode, isErrorCode } from '../../shared/errors.ts'
import { type Job, parseJob } from '../../shared/jobs.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import { EventLines } from './event-lines.ts'
import { isProblem, JOB_NOT_FOUND, type JobProblem } from './job-problem.ts'
import { STALE_FIELD } from './status-answers.ts'

/** The client that a job is read for. */
export interface WatchCaller {
  /** Its key or access token. */
  readonly token: string
  readonly origin: ClientOrigin
  /** The owner's device with the job, if the client has named one. */
  readonly device?: string | undefined
}

/** A job, from its device or from the status cache. */
export interface JobReading {
  readonly job: Job
  /** The age of a cached state; `undefined` if the device itself has answered. */
  readonly staleSeconds: number | undefined
}

/** A subscription at the device. */
export interface JobEvents {
  /** Resolves once it has ended: `undefined` if it was complete. Never rejects. */
  readonly ended: Promise<JobProblem | undefined>
  close(): void
}

const MAX_JOB_BYTES = 64 * 1024
const MAX_PROBLEM_CHARS = 300
/** Statuses that pass. */
const PASSING = new Set([408, 425, 429])

/** Reads jobs from devices by requests of their watchers, which take the same path as those over HTTP. */
export class JobReader {
  readonly #get: (request: InternalRequest) => Promise<IncomingMessage>

  constructor(get: (request: InternalRequest) => Promise<IncomingMessage>) {
    this.#get = get
  }

  /** Whether the credential may read jobs at all. Never rejects. */
  async check(caller: WatchCaller, signal: AbortSignal): Promise<JobProblem | undefined> {
    const answer = await this.#ask(caller, '/api/jobs?limit=1', {}, signal)
    if (isProblem(answer)) return answer
    answer.resume()
    return undefined
  }

  /** Never rejects. */
  async read(caller: WatchCaller, jobId: string, signal: AbortSignal): Promise<JobReading | JobProblem> {
    const answer = await this.#ask(caller, `/api/jobs/${jobId}`, {}, signal)
    if (isProblem(answer)) return answer
    const job = parseJob(parseJsonObject(await textOf(answer)))
    if (job === undefined || job.id !== jobId) return UNREADABLE
    const stale = answer.headers[STALE_FIELD]
    return { job, staleSeconds: stale === undefined ? undefined : Number(stale) }
  }

  /** @param after the revision that is known already */
  events(
    caller: WatchCaller,
    jobId: string,
    after: number | undefined,
    onJob: (job: Job) => void,
  ): JobEvents {
    const abort = new AbortController()
    const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': String(after) }
    const ended = this.#ask(caller, `/api/jobs/${jobId}/events`, headers, abort.signal).then((answer) =>
      isProblem(answer) ? answer : this.#follow(answer, jobId, onJob),
    )
    return { ended, close: () => abort.abort() }
  }

  async #follow(
    answer: IncomingMessage,
    jobId: string,
    onJob: (job: Job) => void,
  ): Promise<JobProblem | undefined> {
    const lines = new EventLines((data) => {
      const job = parseJob(parseJsonObject(data))
      if (job?.id === jobId) onJob(job)
    })
    try {
      for await (const chunk of answer) if (!lines.push(chunk as Uint8Array)) break
      return undefined
    } catch {
      return LOST
    }
  }

  /** The successful response, or the reason that there is none. */
  async #ask(
    { token, origin, device }: WatchCaller,
    path: string,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage | JobProblem> {
    try {
      const headers = { authorization: `Bearer ${token}`, ...deviceField(device), ...fields }
      const answer = await this.#get({ path, headers, origin, signal })
      return answer.statusCode === 200 ? answer : await problemIn(answer)
    } catch {
      return LOST
    }
  }
}

/** Like in any client's request, the bytes of a name are those of UTF-8. */
function deviceField(device: string | undefined): Readonly<Record<string, string>> {
  return device === undefined ? {} : { 'x-device': Buffer.from(device).toString('latin1') }
}

function problemOf(kind: JobProblem['kind'], code: ErrorCode): JobProblem {
  return { kind, code, message: new AppError(code).message, retryAfterMs: undefined }
}

const LOST = problemOf('away', 'TUNNEL_LOST')
const UNREADABLE = problemOf('failed', 'UPSTREAM_FAILED')

async function problemIn(answer: IncomingMessage): Promise<JobProblem> {
  const { statusCode: status = 500, headers } = answer
  const { error } = parseJsonObject(await textOf(answer)) ?? {}
  const isWithoutDevice = headers[RELAY_ERROR_FIELD] === 'DEVICE_UNKNOWN'
  if (status === 404 && !isWithoutDevice) return JOB_NOT_FOUND
  const isOfRelay = headers[RELAY_ERROR_FIELD] !== undefined
  const code = codeOf(status, headers[RELAY_ERROR_FIELD] ?? headers[DESKTOP_ERROR_FIELD])
  const message = typeof error === 'string' ? error.slice(0, MAX_PROBLEM_CHARS) : new AppError(code).message
  const retryAfterS = Number(headers['retry-after'])
  const retryAfterMs = retryAfterS > 0 ? retryAfterS * 1_000 : undefined
  // The device with this name may be asleep while another one of the owner's is connected.
  const isPassing = status >= 500 || PASSING.has(status) || isWithoutDevice
  return { kind: isPassing ? (isOfRelay ? 'away' : 'failed') : 'refused', code, message, retryAfterMs }
}

/** Refusals of older bridges have no code. */
function codeOf(status: number, named: unknown): ErrorCode {
  if (isErrorCode(named)) return named
  if (status === 401) return 'KEY_UNKNOWN'
  if (status === 429) return 'TOO_MANY_REQUESTS'
  return status >= 500 ? 'UPSTREAM_FAILED' : 'FORBIDDEN'
}

/** Empty if it is too long or breaks off. */
async function textOf(answer: IncomingMessage): Promise<string> {
  try {
    return new TextDecoder().decode(await readAll(answer, MAX_JOB_BYTES))
  } catch {
    return ''
  }
}
