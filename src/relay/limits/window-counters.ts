import { createHash, randomBytes } from 'node:crypto'
import type { Eventual } from '../../shared/eventual.ts'

/** Counts by name and window. Windows are numbered, and only the latest two are read. */
export interface WindowCounters {
  /** @returns the count including this one */
  add(name: string, window: number): Eventual<number>
  subtract(name: string, window: number): Eventual<void>
  get(name: string, window: number): Eventual<number>
  forget(name: string, window: number): Eventual<void>
}

/** A limit of `points` in `durationS` seconds. Its name identifies it in a shared store. */
export interface CountedLimit {
  readonly name: string
  readonly points: number
  readonly durationS: number
}

/** Names with their own counter, about 100 bytes each. */
const MAX_EXACT = 10_000
const ROWS = 4
const CELLS = 65_536

/**
 * Uses at most 4 MiB. The first names of a window are counted exactly. Further ones share cells, so their counts may be
 * too high but never too low: nobody escapes a limit by inventing names, or loses their own counter to them.
 */
export class MemoryCounters implements WindowCounters {
  readonly #windows = new Map<number, WindowCounts>()

  add(name: string, window: number): number {
    return this.#countsOf(window).add(name, 1)
  }

  subtract(name: string, window: number): void {
    this.#windows.get(window)?.add(name, -1)
  }

  get(name: string, window: number): number {
    return this.#windows.get(window)?.get(name) ?? 0
  }

  forget(name: string, window: number): void {
    this.#windows.get(window)?.forget(name)
  }

  #countsOf(window: number): WindowCounts {
    const counts = this.#windows.get(window)
    if (counts !== undefined) return counts
    for (const other of Array.from(this.#windows.keys()))
      if (other !== window - 1) this.#windows.delete(other)
    const fresh = new WindowCounts()
    this.#windows.set(window, fresh)
    return fresh
  }
}

class WindowCounts {
  readonly #exact = new Map<string, number>()
  #shared: SharedCells | undefined

  add(name: string, change: 1 | -1): number {
    const count = this.#exact.get(name)
    const isExact = count !== undefined || (this.#shared === undefined && this.#exact.size < MAX_EXACT)
    if (!isExact) return (this.#shared ??= new SharedCells()).add(name, change)
    const changed = Math.max(0, (count ?? 0) + change)
    this.#exact.set(name, changed)
    return changed
  }

  get(name: string): number {
    return this.#exact.get(name) ?? this.#shared?.get(name) ?? 0
  }

  /** A name with shared cells cannot be removed from them. */
  forget(name: string): void {
    if (this.#exact.has(name)) this.#exact.set(name, 0)
  }
}

/** A count-min sketch: each name has a cell per row, and the smallest one is the estimate. */
class SharedCells {
  readonly #cells = new Uint32Array(ROWS * CELLS)
  /** Prevents searching for names that share all cells with a given name. */
  readonly #salt = randomBytes(16)

  add(name: string, change: 1 | -1): number {
    let least = Infinity
    for (const at of this.#cellsOf(name)) {
      const count = Math.max(0, (this.#cells[at] ?? 0) + change)
      this.#cells[at] = count
      least = Math.min(least, count)
    }
    return least
  }

  get(name: string): number {
    return Math.min(...this.#cellsOf(name).map((at) => this.#cells[at] ?? 0))
  }

  #cellsOf(name: string): number[] {
    const digest = createHash('sha256').update(this.#salt).update(name).digest()
    return Array.from({ length: ROWS }, (_, row) => row * CELLS + digest.readUInt16BE(2 * row))
  }
}
