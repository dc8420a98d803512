import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import type { JobProgress } from '../../shared/jobs.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import type { Forwarder } from '../forward/forwarder.ts'
import { collectLocally, type CollectedAnswer, type LocalCallRequest } from '../forward/local-call.ts'
import type { JobItem } from './job-items.ts'
import type { JobRecord } from './job-record.ts'
import { MAX_ITEM_BYTES } from './job-schema.ts'

/** One attempt at one item. */
export interface JobTask {
  readonly job: JobRecord
  readonly item: JobItem
  /** The item's request in the name of the job's creator, for `LocalCall`. */
  readonly request: LocalCallRequest
  readonly forwarder: Pick<Forwarder, 'accept'>
  readonly clock: Clock
  /** Aborted when the job is cancelled, and when the bridge stops. */
  readonly signal: AbortSignal
  /** Keeps the progress and notifies watchers. */
  readonly report: (progress: JobProgress) => void
}

/**
 * Makes the answer to an item. Resolves with any answer, also a refusal; rejects with an AppError if there is none. The runner decides by
 * either whether to try again. After the signal was aborted, the outcome does not matter.
 */
export type JobExecutor = (task: JobTask) => Promise<CollectedAnswer>

const NOBODY: Principal = { kind: 'owner', subject: '' as OwnerId }

/** Collects the whole answer. */
export const runRequest: JobExecutor = ({ request, forwarder, signal }) =>
  collectLocally(forwarder, request, MAX_ITEM_BYTES, signal)

/** The item's request, in the name of the job's creator. */
export function requestOf(
  { id, caller }: JobRecord,
  { number, attempts, path, body }: JobItem,
): LocalCallRequest {
  const origin = caller.kind === 'local' ? 'local' : 'job'
  return {
    method: 'POST',
    target: path,
    headers: ['Content-Type', 'application/json'],
    body,
    principal: caller.kind === 'local' ? NOBODY : caller,
    origin,
    requestId: `${id}.${number}.${attempts}`,
  }
}
