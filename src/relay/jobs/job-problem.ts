/** The reason that a job could not be read or watched, as clients see it. */
export interface JobProblem {
  /**
   * - `refused`: this credential does not get the job; asking again does not help.
   * - `away`: the device cannot be reached at the moment, or a limit was hit.
   * - `failed`: the device has accepted the credential, and cannot answer.
   */
  readonly kind: 'refused' | 'away' | 'failed'
  /** A code of the error table. */
  readonly code: string
  readonly message: string
  readonly retryAfterMs: number | undefined
}

/** The same for an unknown job, another key's and another owner's: nothing tells them apart. */
export const JOB_NOT_FOUND: JobProblem = {
  kind: 'refused',
  code: 'JOB_NOT_FOUND',
  message: 'There is no job with this id, or it belongs to another key. It may have been deleted.',
  retryAfterMs: undefined,
}

export function isProblem(value: object): value is JobProblem {
  return 'code' in value && 'retryAfterMs' in value
}
