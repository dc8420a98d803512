import type { MonotonicMs, WallMs } from '../shared/brands.ts'
import type { Clock, Timer } from '../shared/clock.ts'

interface Pending {
  readonly dueAt: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that advances only when a test moves it. For tests only. */
export class FakeClock implements Clock {
  #nowMs = 1_700_000_000_000
  #monotonicMs = 0
  #order = 0
  readonly #pending = new Set<Pending>()
  #soon: (() => void)[] = []

  now(): WallMs {
    return this.#nowMs as WallMs
  }

  monotonic(): MonotonicMs {
    return this.#monotonicMs as MonotonicMs
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { dueAt: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, callback }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  soon(callback: () => void): void {
    this.#soon.push(callback)
  }

  /** Number of pending timers, to detect leaks. */
  get pendingTimers(): number {
    return this.#pending.size
  }

  /** Runs all `soon` callbacks, including those they schedule. */
  settle(): void {
    while (this.#soon.length > 0) {
      const batch = this.#soon
      this.#soon = []
      for (const callback of batch) callback()
    }
  }

  /** Advances time, firing due timers in order. */
  advance(ms: number): void {
    this.settle()
    const until = this.#monotonicMs + ms
    for (let next = this.#nextBy(until); next !== undefined; next = this.#nextBy(until)) {
      this.#pending.delete(next)
      this.#moveTo(next.dueAt)
      next.callback()
      this.settle()
    }
    this.#moveTo(until)
  }

  /** Moves only the wall clock, as after a suspend or a manual change. */
  jump(ms: number): void {
    this.#nowMs += ms
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }

  #nextBy(until: number): Pending | undefined {
    let next: Pending | undefined
    for (const entry of this.#pending)
      if (entry.dueAt <= until && (next === undefined || before(entry, next))) next = entry
    return next
  }
}

function before(a: Pending, b: Pending): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order)
}
