import type { Clock, Timer } from '../../shared/clock.ts'
import type { JobStore } from './job-store.ts'

/** The end of one job changes the positions of all others, so they are compared at most this often. */
const CHECK_EVERY_MS = 1_000

interface WatchedJob {
  readers: number
  /** Position at the last check; `undefined` if the job was not waiting. */
  place: number | undefined
}

/** Notifies the watchers of a job, at most once a second, when its position in the queue changes. */
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

  /** @returns a function that stops watching */
  watch(n: number): () => void {
    this.#unwatch ??= this.#store.watch(() => {
      this.#timer ??= this.#clock.after(CHECK_EVERY_MS, () => this.#check())
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

  #check(): void {
    const places = this.#store.queuePositions()
    for (const [n, job] of this.#watched) {
      const place = places.get(n)
      const hasMoved = place !== undefined && job.place !== undefined && place !== job.place
      job.place = place
      if (hasMoved) this.#store.reportMove(n)
    }
    // Cleared only now: the reports are changes too, and must not schedule another check.
    this.#timer = undefined
  }

  #stop(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
