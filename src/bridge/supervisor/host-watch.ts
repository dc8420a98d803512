import { networkInterfaces } from 'node:os'
import type { Clock, Timer } from '../../shared/clock.ts'

export interface HostWatchOptions {
  readonly clock: Clock
  /** Returns this machine's current addresses as text. */
  readonly addresses?: () => string
  /** The machine has slept or changed its network: existing connections are not trusted. */
  readonly onUpheaval: (hasNetwork: boolean) => void
}

const INTERVAL_MS = 5_000
/** Daily clock corrections are smaller, and shorter sleeps do not matter. */
const MIN_SLEEP_MS = 10_000

/**
 * Detects sleep and network changes without help from the operating system: after a suspend the wall clock has advanced
 * more than a timer's delay. The monotonic clock is not used, since systems differ in whether it stops meanwhile.
 * Setting the clock manually looks like sleep and costs one redial.
 */
export class HostWatch {
  readonly #clock: Clock
  readonly #addresses: () => string
  readonly #onUpheaval: (hasNetwork: boolean) => void
  #timer: Timer | undefined
  #seenAtMs = 0
  #seenAddresses = ''

  constructor({ clock, addresses = currentAddresses, onUpheaval }: HostWatchOptions) {
    this.#clock = clock
    this.#addresses = addresses
    this.#onUpheaval = onUpheaval
  }

  start(): void {
    this.stop()
    this.#look()
    this.#schedule()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** The sleep was already reported elsewhere: do not report it again. */
  wakeKnown(): void {
    this.#seenAtMs = this.#clock.now()
  }

  #schedule(): void {
    this.#timer = this.#clock.after(INTERVAL_MS, () => {
      this.#schedule()
      if (this.#look()) this.#onUpheaval(this.#seenAddresses !== '')
    })
  }

  /** Whether something has changed since the last check. */
  #look(): boolean {
    const nowMs = this.#clock.now()
    const addresses = this.#addresses()
    const hasSlept = nowMs - this.#seenAtMs > INTERVAL_MS + MIN_SLEEP_MS
    const hasMoved = addresses !== this.#seenAddresses
    this.#seenAtMs = nowMs
    this.#seenAddresses = addresses
    return hasSlept || hasMoved
  }
}

/** Routable addresses only: link-local ones change with every container. */
function currentAddresses(): string {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address)
    .sort()
    .join(' ')
}
