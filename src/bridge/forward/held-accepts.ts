import type { Clock } from '../../shared/clock.ts'

/** A request that may get its head soon. */
export interface HeldAccept {
  acceptNow(): void
}

/** Far below any relay's acknowledgement timeout. */
const HOLD_MS = 20

/** Requests with a withheld acceptance. They share a timer, since most have their response before it fires. */
export class HeldAccepts {
  readonly #clock: Clock
  #held = new Set<HeldAccept>()
  #isTimed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(request: HeldAccept): void {
    this.#held.add(request)
    if (this.#isTimed) return
    this.#isTimed = true
    this.#clock.after(HOLD_MS, () => {
      this.#isTimed = false
      const held = this.#held
      this.#held = new Set()
      for (const each of held) each.acceptNow()
    })
  }

  /** The request has ended: it is not kept until the timer fires. */
  delete(request: HeldAccept): void {
    this.#held.delete(request)
  }
}
