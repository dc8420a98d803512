import type { Counter } from 'prom-client'

/** Counts for a labelled counter until it is read: prom-client hashes the labels at every increment. */
export class Tally {
  readonly #counter: Counter
  readonly #counts = new Map<string, number>()

  constructor(counter: Counter) {
    this.#counter = counter
  }

  /** @param labels the values of the counter's labels, in its order and separated by spaces */
  add(labels: string, count = 1): void {
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + count)
  }

  /** Moves everything to the counter. */
  flush(): void {
    for (const [labels, count] of this.#counts) this.#counter.labels(...labels.split(' ')).inc(count)
    this.#counts.clear()
  }
}
