import { AppError } from '../shared/errors.ts'
import type { Carrier, CarrierHandlers } from './carrier.ts'
import { FrameDecoder } from './frame-decoder.ts'
import type { Frame } from './frame.ts'
import type { TunnelLimits } from './limits.ts'

/** The current user of a link. */
export interface LinkUser {
  frame(frame: Frame): void
  drain(): void
  /** The link is closed. `error` is set if this end closed it because of invalid data. */
  closed(code: number, reason: string, error?: AppError): void
}

/** All frames of one message are handled in the same tick. */
export const MAX_MESSAGE_FRAMES = 8192

/**
 * Sends and receives frames over a carrier. Its user changes when the handshake hands over to the session, and when the session
 * moves to another link: late events of the old link are then dropped.
 */
export class Link implements CarrierHandlers {
  readonly #carrier: Carrier
  readonly #decoder: FrameDecoder
  #user: LinkUser | undefined
  #open = true

  constructor(carrier: Carrier, limits: TunnelLimits) {
    this.#carrier = carrier
    this.#decoder = new FrameDecoder(limits)
    carrier.attach(this)
  }

  // CarrierHandlers: called by the carrier.

  bytes(bytes: Buffer): number {
    let frames = 0
    if (!this.#open) return frames
    try {
      this.#decoder.push(bytes, (frame) => {
        if (++frames > MAX_MESSAGE_FRAMES)
          throw new AppError('PROTOCOL_ERROR', `a message of more than ${MAX_MESSAGE_FRAMES} frames arrived`)
        this.#user?.frame(frame)
        return this.#open
      })
    } catch (cause) {
      // Internal error details are not sent to the peer.
      this.fail(cause instanceof AppError ? cause : new AppError('INTERNAL', undefined, { cause }))
    }
    return frames
  }

  drain(): void {
    this.#user?.drain()
  }

  closed(code: number, reason: string): void {
    this.#closed(code, reason)
  }

  get bufferedBytes(): number {
    return this.#carrier.bufferedBytes
  }

  /** Sets the link's user, or removes it. */
  use(user: LinkUser | undefined): void {
    this.#user = user
  }

  send(bytes: Buffer): void {
    if (this.#open) this.#carrier.send(bytes)
  }

  /** Closes the link with an error of the table; its user gets `closed`. */
  fail(error: AppError): void {
    const { closeCode = 4500 } = error.entry
    this.#carrier.close(closeCode, error.message)
    this.#closed(closeCode, error.message, error)
  }

  /** Closes the link without notifying its user. */
  close(error: AppError): void {
    this.#user = undefined
    this.fail(error)
  }

  /** Terminates the link without a close handshake; its user gets `closed`. */
  drop(error: AppError): void {
    this.#carrier.destroy()
    this.#closed(error.entry.closeCode ?? 4500, error.message, error)
  }

  #closed(code: number, reason: string, error?: AppError): void {
    if (!this.#open) return
    this.#open = false
    const user = this.#user
    this.#user = undefined
    user?.closed(code, reason, error)
  }
}
