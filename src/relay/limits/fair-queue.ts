import type { OwnerId } from '../../shared/brands.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { Eventual } from '../../shared/eventual.ts'

export interface FairQueueOptions {
  readonly clock: Clock
  /** Concurrent requests per owner. */
  readonly maxActive: number
  /** Queued requests per owner. */
  readonly maxWaiting: number
  readonly maxWaitMs: number
  /** Called when a slot is released. */
  readonly onRelease?: () => void
}

/** Releases a concurrency slot. Idempotent. */
export type Release = () => void

interface Waiting {
  readonly key: string
  readonly timer: Timer
  readonly admit: () => void
  readonly refuse: (error: AppError) => void
}

interface Owner {
  active: number
  /** Queues by key, the next in turn first. Never empty. */
  readonly lines: Map<string, Waiting[]>
}

/** Concurrency slots by owner. Requests without one are queued, and an owner's keys take turns. */
export class FairQueue {
  readonly #options: FairQueueOptions
  readonly #owners = new Map<string, Owner>()

  constructor(options: FairQueueOptions) {
    this.#options = options
  }

  /** Number of queued requests. */
  get waitingCount(): number {
    return [...this.#owners.values()].reduce((sum, owner) => sum + lengthOf(owner), 0)
  }

  /** Number of owners with running or queued requests. */
  get ownerCount(): number {
    return this.#owners.size
  }

  /**
   * Takes a slot or queues the request.
   * @param onWait called if it is queued, with a function that removes it from the queue
   * @returns `undefined` if it was removed
   * @throws AppError TOO_MANY_STREAMS with its position: the queue is full, or it waited too long
   */
  enter(ownerId: OwnerId, key: string, onWait: (giveUp: () => void) => void): Eventual<Release | undefined> {
    const owner = this.#owners.get(ownerId) ?? { active: 0, lines: new Map<string, Waiting[]>() }
    this.#owners.set(ownerId, owner)
    if (owner.active < this.#options.maxActive) return this.#occupy(ownerId, owner)
    this.#makeRoom(owner, key)
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        key,
        timer: this.#options.clock.after(this.#options.maxWaitMs, () => this.#drop(owner, waiting)),
        admit: () => resolve(this.#occupy(ownerId, owner)),
        refuse: reject,
      }
      owner.lines.set(key, [...(owner.lines.get(key) ?? []), waiting])
      onWait(() => {
        remove(owner, waiting)
        resolve(undefined)
      })
    })
  }

  #occupy(ownerId: OwnerId, owner: Owner): Release {
    owner.active += 1
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      owner.active -= 1
      this.#options.onRelease?.()
      this.#next(owner)
      if (owner.active === 0) this.#owners.delete(ownerId)
    }
  }

  #next({ lines }: Owner): void {
    const [first] = lines
    if (first === undefined) return
    const [key, [waiting, ...others]] = first
    lines.delete(key)
    if (others.length > 0) lines.set(key, others)
    waiting?.timer.cancel()
    waiting?.admit()
  }

  /** A full queue makes room for a key with fewer requests than another: the last one of that key is dropped. */
  #makeRoom(owner: Owner, key: string): void {
    const length = lengthOf(owner)
    if (length < this.#options.maxWaiting) return
    const longest = [...owner.lines.values()].reduce<Waiting[]>((a, b) => (b.length > a.length ? b : a), [])
    const own = owner.lines.get(key)?.length ?? 0
    const last = longest.at(-1)
    if (last === undefined || longest.length <= own + 1) throw busy(positionOf(owner, key, own), length)
    this.#drop(owner, last)
  }

  #drop(owner: Owner, waiting: Waiting): void {
    const line = owner.lines.get(waiting.key) ?? []
    const position = positionOf(owner, waiting.key, line.indexOf(waiting))
    const length = lengthOf(owner)
    remove(owner, waiting)
    waiting.refuse(busy(position, length))
  }
}

function remove({ lines }: Owner, waiting: Waiting): void {
  waiting.timer.cancel()
  const rest = lines.get(waiting.key)?.filter((other) => other !== waiting) ?? []
  if (rest.length > 0) lines.set(waiting.key, rest)
  else lines.delete(waiting.key)
}

function lengthOf({ lines }: Owner): number {
  return [...lines.values()].reduce((sum, line) => sum + line.length, 0)
}

/** Position in order of turns, from one. @param index in the queue of its own key */
function positionOf({ lines }: Owner, key: string, index: number): number {
  const keys = [...lines.keys()]
  const turn = keys.includes(key) ? keys.indexOf(key) : keys.length
  const ahead = keys.map((other, at) => {
    if (other === key) return index
    return Math.min(lines.get(other)?.length ?? 0, at < turn ? index + 1 : index)
  })
  return 1 + ahead.reduce((sum, count) => sum + count, 0)
}

function busy(position: number, length: number): AppError {
  return new AppError('TOO_MANY_STREAMS', undefined, { queue: { position, length } })
}
