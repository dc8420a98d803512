import type { Clock } from '../shared/clock.ts'
import type { TunnelLimits } from './limits.ts'

/** Memory that windows of several tunnels may grow by together. */
export interface WindowBudget {
  /** False: there is no room for so much, and nothing is taken. */
  tryTake(bytes: number): boolean
  giveBack(bytes: number): void
}

/** A window grows when half of it is used up in less than two round trips, taken as at least this long. */
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

  /** Bytes that a window grows by when the half of it was used up in `elapsedMs`. */
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

/** The credit of one stream's peer. Counts as long as bytes that came in wait for their reader, even after the stream's end. */
export class ReceiveWindow {
  readonly #windows: ReceiveWindows
  /** Bytes beyond the initial ones. */
  #growthBytes = 0
  #creditBytes: number
  /** Bytes that have arrived and were not released. */
  #heldBytes = 0
  /** Bytes that were released and the peer has not been told of. */
  #releasedBytes = 0
  #widenedAtMs: number
  #isClosed = false

  constructor(windows: ReceiveWindows) {
    this.#windows = windows
    this.#creditBytes = windows.initialBytes
    this.#widenedAtMs = windows.now()
  }

  /** The peer has sent so much. False: it may not. */
  use(bytes: number): boolean {
    if (bytes > this.#creditBytes) return false
    this.#creditBytes -= bytes
    this.#heldBytes += bytes
    return true
  }

  /** Bytes have reached their reader. @returns credit that the peer is to be given for it; 0 = none yet */
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

  /** The peer sends nothing more. May be called again. */
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
