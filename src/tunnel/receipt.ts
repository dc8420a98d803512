import type { Clock, Timer } from '../shared/clock.ts'

/** Bytes received since the last ACK that call for one at once; fewer are acknowledged after ACK_DELAY_MS. */
const ACK_BYTES = 64 * 1024
const ACK_DELAY_MS = 500

/** Counts the sequenced bytes that have arrived, and when the peer is to be told of them. */
export class Receipt {
  readonly #clock: Clock
  readonly #tell: (receivedBytes: number) => void
  #receivedBytes = 0
  #ackedBytes = 0
  #timer: Timer | undefined

  /** @param tell sends an ACK that could not leave with anything else */
  constructor(clock: Clock, tell: (receivedBytes: number) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** Enough has arrived for an ACK of its own. */
  get isDue(): boolean {
    return this.#receivedBytes - this.#ackedBytes >= ACK_BYTES
  }

  add(bytes: number): void {
    this.#receivedBytes += bytes
  }

  /** The handshake has told the peer. */
  told(): void {
    this.#ackedBytes = this.#receivedBytes
  }

  tellLater(): void {
    this.#timer ??= this.#clock.after(ACK_DELAY_MS, () => this.#tell(this.#take()))
  }

  /** The count to acknowledge along with what is about to leave. @param isAlone nothing else is */
  takeFor(isAlone: boolean): number | undefined {
    if (this.#receivedBytes === this.#ackedBytes || (isAlone && !this.isDue)) return undefined
    return this.#take()
  }

  /** Nobody can be told at the moment. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #take(): number {
    this.stop()
    this.told()
    return this.#receivedBytes
  }
}
