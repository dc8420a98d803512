import type { Clock, Timer } from '../shared/clock.ts'
import { encodeFrame, FRAME } from './frame.ts'
import type { TunnelLimits } from './limits.ts'

/** The session as seen by liveness. */
export interface LivenessHost {
  readonly clock: Clock
  readonly limits: TunnelLimits
  sendNow(frame: Buffer): void
  /** Nothing was received after several PINGs: the carrier is dead. */
  dead(): void
  measured(rttMs: number): void
}

/**
 * Detects a dead peer and measures the round trip. Any received data is a sign of life: on a busy carrier a PONG can be
 * far behind.
 */
export class Liveness {
  readonly #host: LivenessHost
  #timer: Timer | undefined
  #heard = false
  #missed = 0

  constructor(host: LivenessHost) {
    this.#host = host
  }

  /** @param askAtOnce measure the round trip now instead of after the first interval */
  start(askAtOnce: boolean): void {
    this.stop()
    this.#missed = 0
    if (askAtOnce) this.#ask()
    else this.#timer = this.#host.clock.after(this.#host.limits.pingIntervalMs, () => this.#ask())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Data was received. */
  heard(): void {
    this.#heard = true
  }

  /** The PONG for our own PING was received. */
  pong(payload: Buffer): void {
    const rttMs = this.#host.clock.monotonic() - payload.readDoubleBE(0)
    if (rttMs >= 0 && Number.isFinite(rttMs)) this.#host.measured(rttMs)
  }

  #ask(): void {
    const { clock, limits } = this.#host
    const payload = Buffer.allocUnsafe(8)
    payload.writeDoubleBE(clock.monotonic())
    this.#heard = false
    this.#host.sendNow(encodeFrame(FRAME.PING, 0, payload))
    this.#timer = clock.after(limits.pongTimeoutMs, () => this.#check())
  }

  #check(): void {
    const { clock, limits } = this.#host
    this.#missed = this.#heard ? 0 : this.#missed + 1
    if (this.#missed >= limits.maxMissedPongs) return this.#host.dead()
    if (this.#missed > 0) return this.#ask()
    const pauseMs = Math.max(0, limits.pingIntervalMs - limits.pongTimeoutMs)
    this.#timer = clock.after(pauseMs, () => this.#ask())
  }
}
