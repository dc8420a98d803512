import { networkInterfaces } from 'node:os'
import type { Clock, Timer } from '../../shared/clock.ts'

export interface HostWatchOptions {
  readonly clock: Clock
  /** Names the addresses that this machine has now. */
  readonly addresses?: () => string
  /** The machine has slept, or is on another network: connections from before are not to be trusted. */
  readonly onUpheaval: (hasNetwork: boolean) => void
}

const INTERVAL_MS = 5_000
/** Wall clocks are corrected by less than this every day; nobody sleeps for less. */
const MIN_SLEEP_MS = 10_000

/**
 * Notices sleep and network changes without help from the operating system: after a suspend the wall clock has moved further than
 * a timer was to take. Not the monotonic clock is the measure: whether it stands still meanwhile differs from system to system. A
 * clock that is set by hand looks like sleep, and costs one needless redial.
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

  /** Somebody else has noticed the sleep: it is not told again. */
  wakeKnown(): void {
    this.#seenAtMs = this.#clock.now()
  }

  #schedule(): void {
    this.#timer = this.#clock.after(INTERVAL_MS, () => {
      this.#schedule()
      if (this.#look()) this.#onUpheaval(this.#seenAddresses !== '')
    })
  }

  /** Whether something has changed since the last look. */
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

/** Those that lead anywhere: link-local ones come and go with every container. */
function currentAddresses(): string {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address)
    .sort()
    .join(' ')
}
