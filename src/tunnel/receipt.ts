import type { Clock, Timer } from '../shared/clock.ts'

/** Bytes received since the last ACK that trigger an immediate one; fewer are acknowledged after ACK_DELAY_MS. */
const ACK_BYTES = 64 * 1024
const ACK_DELAY_MS = 500

/** Counts received sequenced bytes and schedules their acknowledgement. */
export class Receipt {
  readonly #clock: Clock
  readonly #tell: (receivedBytes: number) => void
  #receivedBytes = 0
  #ackedBytes = 0
  #timer: Timer | undefined

  /** @param tell sends an ACK that cannot be piggybacked */
  constructor(clock: Clock, tell: (receivedBytes: number) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** Enough bytes have arrived for a separate ACK. */
  get isDue(): boolean {
    return this.#receivedBytes - this.#ackedBytes >= ACK_BYTES
  }

  add(bytes: number): void {
    this.#receivedBytes += bytes
  }

  /** The handshake has acknowledged everything received so far. */
  told(): void {
    this.#ackedBytes = this.#receivedBytes
  }

  /** One timer serves all that arrives until it fires: most of it is acknowledged by then, along with other frames. */
  tellLater(): void {
    this.#timer ??= this.#clock.after(ACK_DELAY_MS, () => {
      this.#timer = undefined
      if (this.#receivedBytes !== this.#ackedBytes) this.#tell(this.#take())
    })
  }

  /** The count to piggyback on the next message. @param isAlone whether it would be the only content */
  takeFor(isAlone: boolean): number | undefined {
    if (this.#receivedBytes === this.#ackedBytes || (isAlone && !this.isDue)) return undefined
    return this.#take()
  }

  /** The carrier is lost: nothing can be acknowledged now. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #take(): number {
    this.told()
    return this.#receivedBytes
  }
}
