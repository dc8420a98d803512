/** Everything that is on its way between pages, storage and desktop, in channels that keep their order. */

/** A page that receives something, unless it is frozen or closed. */
export interface Receiver {
  readonly id: number
  readonly isFrozen: boolean
  readonly isClosed: boolean
}

interface Channel {
  /** `null`: nothing in a browser. */
  readonly receiver: Receiver | null
  readonly acts: (() => void)[]
}

/** More deliveries in a row mean that pages keep each other busy. */
const MAX_DELIVERIES = 20_000

export class Deliveries {
  readonly #channels = new Map<string, Channel>()
  readonly #tasks = new MessageChannel()

  constructor() {
    this.#tasks.port1.start()
  }

  put(name: string, receiver: Receiver | null, act: () => void): void {
    if (receiver?.isClosed) return
    const channel = this.#channels.get(name) ?? { receiver, acts: [] }
    this.#channels.set(name, channel)
    channel.acts.push(act)
  }

  /** Delivers the next of one channel. @returns whether there was any */
  async next(pick: number): Promise<boolean> {
    const ready = [...this.#channels].filter(([, { receiver }]) => !receiver?.isFrozen)
    const [name, channel] = ready[pick % ready.length] ?? []
    if (name === undefined || channel === undefined) return false
    const act = channel.acts.shift()
    if (channel.acts.length === 0) this.#channels.delete(name)
    act?.()
    await this.settled()
    return true
  }

  /** Delivers everything, also what that causes. */
  async all(): Promise<void> {
    for (let count = 0; await this.next(count); count++)
      if (count > MAX_DELIVERIES) throw new Error('never quiet')
  }

  /** Delivers all that is in a channel now. */
  async allIn(name: string): Promise<void> {
    const { acts } = this.#channels.get(name) ?? { acts: [] }
    this.#channels.delete(name)
    for (const act of acts) {
      act()
      await this.settled()
    }
  }

  /** Loses what is in a channel. @returns how much that was */
  drop(name: string, kept = 0): number {
    const channel = this.#channels.get(name)
    const lost = channel?.acts.splice(kept).length ?? 0
    if (kept === 0) this.#channels.delete(name)
    return lost
  }

  /** Loses what a closed page would receive. */
  forget(closed: Receiver): void {
    for (const [name, { receiver }] of this.#channels) if (receiver === closed) this.#channels.delete(name)
  }

  /** Resolves when all promises have had their turn: they come before the next message. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#tasks.port1.addEventListener('message', () => resolve(), { once: true })
      this.#tasks.port2.postMessage(null)
    })
  }

  close(): void {
    this.#tasks.port1.close()
  }
}
