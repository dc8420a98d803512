import type { UpstreamContext } from '../../front/request-context.ts'
import type { BodyWriter } from '../../front/response-body.ts'
import type { OwnerId } from '../../shared/brands.ts'
import { headerOf } from '../../shared/headers.ts'
import { JOB_ID_FIELD } from '../../shared/jobs.ts'
import type { Client } from '../auth/authenticator.ts'
import type { Audit } from '../observe/audit.ts'
import type { JobChange, RelayMetrics } from '../observe/metrics.ts'
import { identityOf, type JobReaderId } from './status-cache.ts'

/** The routes that change jobs. A `/v1/responses` request is a job only in the background; its response then has the job's id. */
const CHANGES: Readonly<Record<string, JobChange | undefined>> = {
  'POST /api/jobs': 'created',
  'POST /v1/batches': 'created',
  'POST /v1/responses': 'created',
  'POST /api/jobs/:id/cancel': 'cancelled',
  'POST /v1/batches/:id/cancel': 'cancelled',
  'POST /v1/responses/:id/cancel': 'cancelled',
  'POST /api/jobs/:id/retry': 'retried',
  'DELETE /api/jobs/:id': 'deleted',
  'DELETE /v1/responses/:id': 'deleted',
}
/** Ids come from clients and devices and go into a log, so their form is checked. */
const JOB_ID = /^(?:job|batch|resp)_[\w-]{1,58}$/
/** Enough of a key's digest to find it among those of one owner. */
const DIGEST_CHARS = 12

export interface JobAuditOptions {
  readonly audit: Pick<Audit, 'note'>
  readonly metrics: Pick<RelayMetrics, 'jobChanged'>
  /** The owner, if a device is connected here. */
  readonly ownerAt: (routingId: string) => OwnerId | undefined
}

/** Records who changed or watched which job. */
export class JobAudit {
  readonly #options: JobAuditOptions

  constructor(options: JobAuditOptions) {
    this.#options = options
  }

  /** Wraps the writer of a device's response so that a confirmed change to a job is recorded. */
  watch(
    { match, request: { method }, id: requestId }: UpstreamContext,
    { ownerId, principal }: Client,
    deviceId: string,
    writer: BodyWriter,
  ): BodyWriter {
    const change = match.kind === 'found' ? CHANGES[`${method} ${match.route.path}`] : undefined
    if (match.kind !== 'found' || change === undefined) return writer
    return {
      writeHead: (status, headers) => {
        const jobId = match.param ?? headerOf(headers, JOB_ID_FIELD) ?? ''
        if (status >= 200 && status <= 299 && JOB_ID.test(jobId)) {
          const by = byOf(identityOf(principal))
          this.#options.audit.note(`job-${change}`, { ownerId, deviceId, jobId, by, requestId })
          this.#options.metrics.jobChanged(change)
        }
        writer.writeHead(status, headers)
      },
      write: (bytes) => writer.write(bytes),
      end: () => writer.end(),
      destroy: () => writer.destroy(),
    }
  }

  /** Records that a client may watch the jobs of its credential. */
  admitted({ routingId, identity }: JobReaderId): void {
    const ownerId = this.#options.ownerAt(routingId)
    this.#options.audit.note('job-watch', { ownerId, routingId, by: byOf(identity) })
  }
}

function byOf(identity: string): string {
  return identity === 'owner' ? identity : identity.slice(0, DIGEST_CHARS)
}
