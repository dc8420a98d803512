import { z } from 'zod'

const Count = z.int().min(0)

/** The jobs of a bridge as numbers. */
export const JobsSnapshotSchema = z
  .object({
    counts: z
      .object({
        queued: Count,
        running: Count,
        completed: Count,
        failed: Count,
        cancelled: Count,
        expired: Count,
      })
      .readonly(),
    /**
     * Why nothing runs although something waits; `null` if that is not so. The user paused the jobs, it is not night, the machine is on
     * battery, the model server does not respond, or requests of clients go first.
     */
    hold: z.enum(['paused', 'night', 'battery', 'upstream', 'live']).nullable(),
  })
  .readonly()

export type JobsSnapshot = z.infer<typeof JobsSnapshotSchema>
