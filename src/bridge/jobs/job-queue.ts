import type { JobsSnapshot } from './jobs-snapshot.ts'

/** The reason why no job runs, although some wait. */
export type JobHold = NonNullable<JobsSnapshot['hold']>

/**
 * Requests for a model and downloads do not wait for each other: they need different parts of the machine. A download that this
 * device's own user started waits for nothing but another one.
 */
export type JobLane = 'model' | 'transfer' | 'ownTransfer'

export interface JobConditions {
  readonly isPaused: boolean
  readonly isNightOnly: boolean
  /** Local hours, 0 to 23. The night lasts from the first to before the last. */
  readonly night: { readonly fromHour: number; readonly toHour: number }
  readonly hour: number
  readonly isOnBattery: boolean
  readonly runsOnBattery: boolean
  readonly isUpstreamUp: boolean
  /** Requests of clients that occupy a model. */
  readonly liveCount: number
  /** Jobs run while fewer requests of clients do. */
  readonly idleBelow: number
}

/** Why nothing of this lane may start now; `null` if something may. */
export function holdFor(lane: JobLane, conditions: JobConditions): JobHold | null {
  if (conditions.isPaused) return 'paused'
  const isAsked = lane === 'ownTransfer'
  if (conditions.isNightOnly && !isAsked && !isNight(conditions)) return 'night'
  if (conditions.isOnBattery && !isAsked && !conditions.runsOnBattery) return 'battery'
  if (!conditions.isUpstreamUp) return 'upstream'
  return lane === 'model' && conditions.liveCount >= conditions.idleBelow ? 'live' : null
}

function isNight({ hour, night: { fromHour, toHour } }: JobConditions): boolean {
  if (fromHour <= toHour) return hour >= fromHour && hour < toHour
  return hour >= fromHour || hour < toHour
}

/** A job with an item that waits. */
export interface WaitingJob {
  /** Position in the order of creation. */
  readonly n: number
  readonly grantId: string
  readonly lane: JobLane
  /** This device's own user started it. */
  readonly isOwn: boolean
  /** When its next item is due, in milliseconds since the epoch. */
  readonly dueAt: number
}

/**
 * Chooses whose turn it is: keys take turns, the jobs of a key take turns, and among those that were never served the oldest is first.
 * So a batch of thousands delays neither other keys nor the next request of its own key by more than one item.
 */
export class JobTurns {
  #turn = 0
  #keys = new Map<string, number>()
  #jobs = new Map<number, number>()

  /** @param jobs that may run now */
  next<T extends Pick<WaitingJob, 'n' | 'grantId'>>(jobs: readonly T[]): T | undefined {
    const [chosen] = jobs.toSorted(
      (a, b) =>
        this.#keyTurn(a) - this.#keyTurn(b) ||
        a.grantId.localeCompare(b.grantId) ||
        (this.#jobs.get(a.n) ?? 0) - (this.#jobs.get(b.n) ?? 0) ||
        a.n - b.n,
    )
    if (chosen === undefined) return undefined
    this.#forgetOthers(jobs)
    this.#turn++
    this.#keys.set(chosen.grantId, this.#turn)
    this.#jobs.set(chosen.n, this.#turn)
    return chosen
  }

  #keyTurn({ grantId }: Pick<WaitingJob, 'grantId'>): number {
    return this.#keys.get(grantId) ?? 0
  }

  #forgetOthers(jobs: readonly Pick<WaitingJob, 'n' | 'grantId'>[]): void {
    const [keys, numbers] = [new Set(jobs.map(({ grantId }) => grantId)), new Set(jobs.map(({ n }) => n))]
    this.#keys = new Map([...this.#keys].filter(([key]) => keys.has(key)))
    this.#jobs = new Map([...this.#jobs].filter(([n]) => numbers.has(n)))
  }
}
