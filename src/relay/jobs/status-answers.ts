import { json } from '../../front/own-answer.ts'
import type { UpstreamContext } from '../../front/request-context.ts'
import type { BodyWriter } from '../../front/response-body.ts'
import type { Clock } from '../../shared/clock.ts'
import { type ErrorCode, toAppError } from '../../shared/errors.ts'
import { type Eventual, orElse } from '../../shared/eventual.ts'
import { parseJob } from '../../shared/jobs.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import type { Authenticator, Client } from '../auth/authenticator.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import { identityOf, type StatusCache } from './status-cache.ts'

/** The age of a job's state that is not its device's own answer, in seconds. */
export const STALE_FIELD = 'x-job-stale-seconds'

const JOB_PATH = '/api/jobs/:id'
const JOBS_PATH = '/api/jobs'
const MAX_JOB_BYTES = 16 * 1024
/** The device cannot answer, or no relay has a device that knows the key. */
const UNAVAILABLE = new Set<ErrorCode>([
  'OFFLINE',
  'DEVICE_UNKNOWN',
  'SHARED_STATE_UNREACHABLE',
  'KEY_UNKNOWN',
])

export interface StatusAnswersOptions {
  readonly clock: Clock
  readonly cache: StatusCache
  readonly authenticator: Pick<Authenticator, 'claimOf'>
  readonly routingIds: Pick<RoutingIds, 'routingIdFor'>
  readonly metrics: Pick<RelayMetrics, 'jobCacheRead'>
}

/** Answers `GET /api/jobs/:id` from the status cache while the device is offline, and fills the cache from its answers. */
export class StatusAnswers {
  readonly #options: StatusAnswersOptions

  constructor(options: StatusAnswersOptions) {
    this.#options = options
  }

  /** @param forward passes the request on to the device. @throws its error if no state is cached */
  forward(context: UpstreamContext, forward: () => Eventual<void>): Eventual<void> {
    // The replica that has passed on a request answers it itself.
    if (context.pass !== undefined || context.userId !== undefined || !isJobRead(context)) return forward()
    return orElse(forward, (cause) => this.#fromCache(context, cause))
  }

  /** The writer for a device's answer: one that also notes the job in it, where there is one. */
  watch(context: UpstreamContext, client: Client, writer: BodyWriter): BodyWriter {
    if (!isJobRead(context) && !isJobCreation(context)) return writer
    const { cache, routingIds } = this.#options
    const { ownerId, principal } = client
    const reader = { routingId: routingIds.routingIdFor(ownerId), identity: identityOf(principal) }
    const jobId = isJobRead(context) ? jobIdIn(context) : undefined
    return new WatchedAnswer(writer, (status, text) => {
      const job = isSuccess(status) ? parseJob(parseJsonObject(text)) : undefined
      if (job !== undefined) cache.note(reader, job)
      else if (status === 401) cache.drop(reader)
      else if (status === 404 && jobId !== undefined) cache.drop(reader, jobId)
    })
  }

  async #fromCache(context: UpstreamContext, cause: unknown): Promise<void> {
    const { cache, authenticator, clock, metrics } = this.#options
    const { code } = toAppError(cause)
    const jobId = jobIdIn(context)
    if (!UNAVAILABLE.has(code) || jobId === undefined) throw cause
    const { routingId, principal } = await authenticator.claimOf(context)
    const reader = { routingId, identity: identityOf(principal) }
    if (code === 'KEY_UNKNOWN') {
      cache.drop(reader)
      throw cause
    }
    const found = await cache.find(reader, jobId)
    metrics.jobCacheRead(found === undefined ? 'miss' : 'hit')
    if (found === undefined || context.response.headersSent) throw cause
    const age = Math.max(0, Math.round((clock.now() - found.seenAt) / 1_000))
    json({ ...context, commonHeaders: [...context.commonHeaders, STALE_FIELD, String(age)] }, 200, found.job)
  }
}

/** Passes an answer on, and reads it if it is small. */
class WatchedAnswer implements BodyWriter {
  readonly #writer: BodyWriter
  readonly #onWhole: (status: number, text: string) => void
  readonly #pieces: Uint8Array[] = []
  #bytes = 0
  #status = 0

  constructor(writer: BodyWriter, onWhole: (status: number, text: string) => void) {
    this.#writer = writer
    this.#onWhole = onWhole
  }

  writeHead(status: number, headers: string[]): void {
    this.#status = status
    this.#writer.writeHead(status, headers)
  }

  write(bytes: Uint8Array): boolean {
    this.#bytes += bytes.length
    if (this.#bytes <= MAX_JOB_BYTES) this.#pieces.push(bytes)
    return this.#writer.write(bytes)
  }

  end(): void {
    this.#writer.end()
    if (this.#bytes <= MAX_JOB_BYTES) this.#onWhole(this.#status, Buffer.concat(this.#pieces).toString())
  }

  destroy(): void {
    this.#writer.destroy()
  }
}

function isJobRead({ match, request }: UpstreamContext): boolean {
  return match.kind === 'found' && match.route.path === JOB_PATH && request.method === 'GET'
}

function isJobCreation({ match, request }: UpstreamContext): boolean {
  return match.kind === 'found' && match.route.path === JOBS_PATH && request.method === 'POST'
}

function jobIdIn({ match }: UpstreamContext): string | undefined {
  return match.kind === 'found' ? match.param : undefined
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}
