import type { Carrier, CarrierHandlers } from './carrier.ts'
import type { FakeClock } from './fake-clock.test-support.ts'

/** Behaviour of a simulated wire. For tests only. */
export interface WireOptions {
  /** Splits the bytes of one delivery; unsplit by default. */
  readonly split?: (bytes: Buffer) => readonly Buffer[]
  /** The wire dies after this many bytes from `from`, possibly in the middle of a message. */
  readonly cutAfter?: { readonly from: 'a' | 'b'; readonly bytes: number }
}

/** Two ends of a wire that delivers in order, may split anywhere, and may die at any byte. For tests only. */
export class SimulatedWire {
  readonly a: SimulatedEnd
  readonly b: SimulatedEnd
  readonly #options: WireOptions
  #alive = true

  constructor(clock: FakeClock, options: WireOptions = {}) {
    this.#options = options
    this.a = new SimulatedEnd(
      clock,
      (bytes) => this.#deliver('a', bytes),
      (code, reason) => this.cut(code, reason),
    )
    this.b = new SimulatedEnd(
      clock,
      (bytes) => this.#deliver('b', bytes),
      (code, reason) => this.cut(code, reason),
    )
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Closes both ends; bytes in transit are lost. */
  cut(code = 1006, reason = ''): void {
    if (!this.#alive) return
    this.#alive = false
    this.a.die(code, reason)
    this.b.die(code, reason)
  }

  #deliver(from: 'a' | 'b', bytes: Buffer): void {
    const to = from === 'a' ? this.b : this.a
    const limit = this.#options.cutAfter?.from === from ? this.#options.cutAfter.bytes : Infinity
    const sender = from === 'a' ? this.a : this.b
    const room = limit - sender.deliveredBytes
    const whole = bytes.length < room ? bytes : bytes.subarray(0, Math.max(0, room))
    sender.deliveredBytes += whole.length
    for (const piece of this.#options.split?.(whole) ?? [whole])
      if (this.#alive && piece.length > 0) to.receive(piece)
    if (whole.length < bytes.length || room === bytes.length) this.cut()
  }
}

/** One end of a simulated wire. */
export class SimulatedEnd implements Carrier {
  readonly #clock: FakeClock
  readonly #deliver: (bytes: Buffer) => void
  readonly #cut: (code: number, reason: string) => void
  #handlers: CarrierHandlers | undefined
  #queue: Buffer[] = []
  #alive = true
  bufferedBytes = 0
  deliveredBytes = 0
  /** While true, sent bytes are held back, as on a slow or half-open network. */
  frozen = false

  constructor(
    clock: FakeClock,
    deliver: (bytes: Buffer) => void,
    cut: (code: number, reason: string) => void,
  ) {
    this.#clock = clock
    this.#deliver = deliver
    this.#cut = cut
  }

  attach(handlers: CarrierHandlers): void {
    this.#handlers = handlers
  }

  send(bytes: Buffer): void {
    if (!this.#alive) return
    this.#queue.push(bytes)
    this.bufferedBytes += bytes.length
    this.#clock.soon(() => this.#move())
  }

  close(code: number, reason: string): void {
    this.#clock.soon(() => this.#cut(code, reason))
  }

  destroy(): void {
    this.#cut(1006, '')
  }

  /** Delivers the bytes held back. */
  thaw(): void {
    this.frozen = false
    this.#move()
  }

  receive(bytes: Buffer): void {
    this.#handlers?.bytes(bytes)
  }

  die(code: number, reason: string): void {
    this.#alive = false
    this.#queue = []
    this.#handlers?.closed(code, reason)
  }

  #move(): void {
    while (this.#alive && !this.frozen) {
      const bytes = this.#queue.shift()
      if (bytes === undefined) return
      this.bufferedBytes -= bytes.length
      this.#deliver(bytes)
      this.#handlers?.drain()
    }
  }
}
