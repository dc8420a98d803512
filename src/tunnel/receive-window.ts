import type { Clock } from '../shared/clock.ts'
import type { TunnelLimits } from './limits.ts'

/** Memory budget for window growth across tunnels. */
export interface WindowBudget {
  /** False if there is not enough room; nothing is taken then. */
  tryTake(bytes: number): boolean
  giveBack(bytes: number): void
}

/** A window grows when half of it is used within two round trips, which count as at least this long. */
const MIN_GROWTH_RTT_MS = 5
const UNKNOWN_RTT_MS = 100

/** The receive windows of one tunnel: how far each may grow. */
export class ReceiveWindows {
  readonly #clock: Clock
  readonly #limits: TunnelLimits
  readonly #budget: WindowBudget | undefined
  #sumBytes = 0
  rttMs: number | undefined

  constructor(clock: Clock, limits: TunnelLimits, budget: WindowBudget | undefined) {
    this.#clock = clock
    this.#limits = limits
    this.#budget = budget
  }

  get initialBytes(): number {
    return this.#limits.initialWindowBytes
  }

  now(): number {
    return this.#clock.monotonic()
  }

  open(): ReceiveWindow {
    this.#sumBytes += this.initialBytes
    return new ReceiveWindow(this)
  }

  /** Bytes by which a window grows after half of it was used in `elapsedMs`. */
  growthFor(windowBytes: number, elapsedMs: number): number {
    const roundTripMs = Math.max(this.rttMs ?? UNKNOWN_RTT_MS, MIN_GROWTH_RTT_MS)
    if (elapsedMs > 2 * roundTripMs) return 0
    const room = this.#limits.maxTunnelWindowBytes - this.#sumBytes
    const growth = Math.min(windowBytes, this.#limits.maxWindowBytes - windowBytes, room)
    if (growth <= 0 || this.#budget?.tryTake(growth) === false) return 0
    this.#sumBytes += growth
    return growth
  }

  closed(): void {
    this.#sumBytes -= this.initialBytes
  }

  shrunk(bytes: number): void {
    this.#sumBytes -= bytes
    this.#budget?.giveBack(bytes)
  }
}

/**
 * The credit granted to the peer for one stream. Counts received bytes until they are read, even after the stream's
 * end.
 */
export class ReceiveWindow {
  readonly #windows: ReceiveWindows
  /** Bytes beyond the initial window. */
  #growthBytes = 0
  #creditBytes: number
  /** Bytes received and not released. */
  #heldBytes = 0
  /** Bytes released and not yet granted to the peer. */
  #releasedBytes = 0
  #widenedAtMs: number
  #isClosed = false

  constructor(windows: ReceiveWindows) {
    this.#windows = windows
    this.#creditBytes = windows.initialBytes
    this.#widenedAtMs = windows.now()
  }

  /** The peer has sent `bytes`. False if that exceeds its credit. */
  use(bytes: number): boolean {
    if (bytes > this.#creditBytes) return false
    this.#creditBytes -= bytes
    this.#heldBytes += bytes
    return true
  }

  /** Bytes have reached their reader. @returns credit to grant to the peer, 0 for none yet */
  release(bytes: number): number {
    this.#heldBytes -= bytes
    if (this.#isClosed) {
      this.#shrink()
      return 0
    }
    this.#releasedBytes += bytes
    const windowBytes = this.#windows.initialBytes + this.#growthBytes
    if (this.#releasedBytes * 2 < windowBytes) return 0
    const now = this.#windows.now()
    const growth = this.#windows.growthFor(windowBytes, now - this.#widenedAtMs)
    const increment = this.#releasedBytes + growth
    this.#widenedAtMs = now
    this.#growthBytes += growth
    this.#releasedBytes = 0
    this.#creditBytes += increment
    return increment
  }

  /** The peer has finished sending. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#windows.closed()
    this.#shrink()
  }

  #shrink(): void {
    const spareBytes = this.#growthBytes - Math.max(0, this.#heldBytes)
    if (spareBytes <= 0) return
    this.#growthBytes -= spareBytes
    this.#windows.shrunk(spareBytes)
  }
}
