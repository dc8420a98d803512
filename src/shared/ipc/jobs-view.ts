import type { JobState, JobType } from '../jobs.ts'

/** A job, without what was asked and answered. Times in milliseconds since the epoch. */
export interface JobView {
  readonly id: string
  readonly type: JobType
  readonly state: JobState
  readonly model: string | null
  /** Name of the key that created it. */
  readonly key: string
  /** In the queue, from 1; `null` if it does not wait. */
  readonly position: number | null
  /** Requests of the job, and those among them that are done and failed. */
  readonly total: number
  readonly completed: number
  readonly failed: number
  readonly createdAt: number
  /** `null` if it transfers nothing, or the size is unknown. */
  readonly transfer: {
    readonly completedBytes: number
    readonly totalBytes: number
    readonly bytesPerS: number | null
    readonly leftMs: number | null
  } | null
  readonly error: string | null
  readonly isOver: boolean
  readonly canRetry: boolean
  readonly hasResult: boolean
}

/** The newest jobs of this device. */
export interface JobsView {
  /** Whether this runtime can store jobs. */
  readonly isAvailable: boolean
  /** Why nothing runs although something waits. */
  readonly hold: 'paused' | 'night' | 'battery' | 'upstream' | 'live' | null
  /** Newest first. */
  readonly jobs: readonly JobView[]
}
