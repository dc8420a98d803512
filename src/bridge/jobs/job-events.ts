import { pause, type Clock } from '../../shared/clock.ts'
import { isFinal, type Job } from '../../shared/jobs.ts'
import type { JobStore } from './job-store.ts'
import type { QueueMoves } from './queue-moves.ts'

/** At most four events a second. */
const EVENT_EVERY_MS = 250

export interface JobEventsOptions {
  readonly store: Pick<JobStore, 'watch'>
  readonly moves: QueueMoves
  readonly clock: Clock
  readonly n: number
  /** The job in its current state; `undefined` if it was deleted. */
  readonly read: () => Job | undefined
  /** The revision that the client has already. */
  readonly lastRevision: number | undefined
}

/**
 * The states of a job as server-sent events, until its final one. A client that reads slowly gets the newest state, not all of them: an
 * event is made when there is room for it.
 */
export async function* jobEvents(options: JobEventsOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { store, moves, clock, n, read } = options
  let sent = options.lastRevision
  let change = Promise.withResolvers<void>()
  const unwatch = store.watch((changed) => {
    if (changed === n) change.resolve()
  })
  const unwatchPlace = moves.watch(n)
  const onAbort = (): void => change.resolve()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      change = Promise.withResolvers()
      const job = read()
      if (job === undefined) return
      if (job.revision !== sent) {
        yield toEvent(job)
        sent = job.revision
        await pause(clock, EVENT_EVERY_MS)
      }
      if (isFinal(job.state)) return
      if (!signal.aborted) await change.promise
    }
  } finally {
    unwatch()
    unwatchPlace()
    signal.removeEventListener('abort', onAbort)
  }
}

function toEvent(job: Job): Uint8Array {
  return Buffer.from(`id: ${job.revision}\nevent: job\ndata: ${JSON.stringify(job)}\n\n`)
}
