import { isFinal } from '../../../shared/jobs.ts'
import type { JobRecord } from '../job-record.ts'
import type { BatchInputError } from './batch-input.ts'
import type { BatchUsage } from './batch-line.ts'
import type { BatchOrder } from './batch-request.ts'

/** Facts of a batch besides those of its job. Times are in milliseconds since the epoch. */
export interface BatchDetail {
  readonly order: BatchOrder
  /** Chosen before the files are written, so that a repetition after a crash replaces them. */
  readonly outputFileId: string | null
  readonly errorFileId: string | null
  /** `null` if the input is valid, or was not read yet. */
  readonly errors: readonly BatchInputError[] | null
  readonly filledAt: number | null
  readonly cancelledAt: number | null
  /** When its files were complete. */
  readonly settledAt: number | null
  readonly usage: BatchUsage | null
}

type BatchStatus =
  | 'validating'
  | 'failed'
  | 'in_progress'
  | 'finalizing'
  | 'completed'
  | 'expired'
  | 'cancelling'
  | 'cancelled'

export function newBatchDetail(order: BatchOrder): BatchDetail {
  return {
    order,
    outputFileId: null,
    errorFileId: null,
    errors: null,
    filledAt: null,
    cancelledAt: null,
    settledAt: null,
    usage: null,
  }
}

/** Only this surface writes the detail of its jobs. */
export function batchDetailOf({ detail }: JobRecord): BatchDetail {
  return detail as BatchDetail
}

/** Whether its files are complete, also after another run of what was left. */
export function isSettled(record: JobRecord): boolean {
  const { settledAt } = batchDetailOf(record)
  return isFinal(record.state) && settledAt !== null && settledAt >= (record.finishedAt ?? 0)
}

/** The batch as OpenAI's API describes it. */
export function toBatchObject(record: JobRecord): object {
  const { order, errors, usage, ...detail } = batchDetailOf(record)
  const status = statusOf(record)
  const settledAt = isSettled(record) ? seconds(detail.settledAt) : null
  const at = (wanted: BatchStatus): number | null => (status === wanted ? settledAt : null)
  const windowEnd = record.createdAt + order.windowS * 1000
  return {
    id: record.id,
    object: 'batch',
    endpoint: order.endpoint,
    model: record.model,
    errors: errors && { object: 'list', data: errors },
    input_file_id: order.inputFileId,
    completion_window: order.completionWindow,
    status,
    output_file_id: settledAt && detail.outputFileId,
    error_file_id: settledAt && detail.errorFileId,
    created_at: seconds(record.createdAt),
    in_progress_at: seconds(detail.filledAt),
    expires_at: seconds(windowEnd),
    finalizing_at: status === 'finalizing' || status === 'completed' ? seconds(record.finishedAt) : null,
    completed_at: at('completed'),
    failed_at: status === 'failed' ? seconds(record.finishedAt) : null,
    expired_at: at('expired'),
    cancelling_at: seconds(detail.cancelledAt),
    cancelled_at: at('cancelled'),
    request_counts: record.counts,
    metadata: order.metadata,
    ...(usage && { usage: toUsageObject(usage) }),
  }
}

function statusOf(record: JobRecord): BatchStatus {
  switch (record.state) {
    case 'queued':
    case 'running':
      return record.isFilled ? 'in_progress' : 'validating'
    case 'failed':
      return 'failed'
    case 'completed':
    case 'expired':
      return isSettled(record) ? record.state : 'finalizing'
    case 'cancelled':
      return isSettled(record) ? 'cancelled' : 'cancelling'
  }
}

function toUsageObject({ input, output }: BatchUsage): object {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000)
}
