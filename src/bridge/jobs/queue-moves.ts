import type { Clock, Timer } from '../../shared/clock.ts'
import type { JobStore } from './job-store.ts'

/** A shorter queue moves all jobs in it, so this bounds the cost of each one that ends. */
const LOOK_EVERY_MS = 1_000

interface WatchedJob {
  readers: number
  /** At the last look; `undefined` if the job does not wait. */
  place: number | undefined
}

/** Reports that a job moved in the queue: jobs that somebody watches only, each at most once a second. */
export class QueueMoves {
  readonly #store: Pick<JobStore, 'watch' | 'queuePositions' | 'reportMove'>
  readonly #clock: Clock
  readonly #watched = new Map<number, WatchedJob>()
  #timer: Timer | undefined
  #unwatch: (() => void) | undefined

  constructor(store: Pick<JobStore, 'watch' | 'queuePositions' | 'reportMove'>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** @returns a function that ends it */
  watch(n: number): () => void {
    this.#unwatch ??= this.#store.watch(() => {
      this.#timer ??= this.#clock.after(LOOK_EVERY_MS, () => this.#look())
    })
    const job = this.#watched.get(n) ?? { readers: 0, place: this.#store.queuePositions().get(n) }
    this.#watched.set(n, job)
    job.readers++
    return () => {
      job.readers--
      if (job.readers === 0) this.#watched.delete(n)
      if (this.#watched.size === 0) this.#stop()
    }
  }

  #look(): void {
    const places = this.#store.queuePositions()
    for (const [n, job] of this.#watched) {
      const place = places.get(n)
      const hasMoved = place !== undefined && job.place !== undefined && place !== job.place
      job.place = place
      if (hasMoved) this.#store.reportMove(n)
    }
    // Only now, since the reports are changes too.
    this.#timer = undefined
  }

  #stop(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
