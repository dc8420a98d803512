import type { JobView } from '../../shared/ipc/jobs-view.ts'

/** How far a job is, 0 to 100; `null` if that is not known. */
export function percentOf({ transfer, total, completed, failed }: JobView): number | null {
  if (transfer !== null) return (100 * transfer.completedBytes) / transfer.totalBytes
  return total > 1 ? (100 * (completed + failed)) / total : null
}
