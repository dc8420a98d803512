import type { Clock, Timer } from '../../shared/clock.ts'

/** The number of omitted lines of one kind and source. */
export interface Repeated {
  readonly kind: string
  /** `null` for many sources together. */
  readonly source: string | null
  readonly count: number
}

const WINDOW_MS = 60_000
const LINES_OF_SOURCE = 10
const MAX_SOURCES = 200
const LINES_OF_OTHERS = 100

interface Seen {
  readonly kind: string
  readonly source: string | null
  count: number
}

/** Admits ten lines a minute per kind and source, and 2,100 in total; the others are counted. */
export class Repeats {
  readonly #clock: Clock
  readonly #report: (repeated: Repeated) => void
  readonly #seen = new Map<string, Seen>()
  #timer: Timer | undefined

  /** @param report called at the end of a minute for each kind and source with omitted lines */
  constructor(clock: Clock, report: (repeated: Repeated) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Whether another line may be written. */
  admit(kind: string, source: string): boolean {
    this.#timer ??= this.#clock.after(WINDOW_MS, () => this.flush())
    const seen = this.#seenOf(kind, source)
    seen.count += 1
    return seen.count <= linesOf(seen)
  }

  /** Reports the omitted lines and resets the counts. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const seen of this.#seen.values()) {
      const { kind, source, count } = seen
      if (count > linesOf(seen)) this.#report({ kind, source, count: count - linesOf(seen) })
    }
    this.#seen.clear()
  }

  #seenOf(kind: string, source: string): Seen {
    const known = this.#seen.get(`${kind} ${source}`)
    if (known !== undefined) return known
    const isOwn = this.#seen.size < MAX_SOURCES
    const name = isOwn ? `${kind} ${source}` : kind
    const seen = this.#seen.get(name) ?? { kind, source: isOwn ? source : null, count: 0 }
    this.#seen.set(name, seen)
    return seen
  }
}

function linesOf({ source }: Seen): number {
  return source === null ? LINES_OF_OTHERS : LINES_OF_SOURCE
}
