/** Events of a carrier. `closed` is the last one. */
export interface CarrierHandlers {
  /**
   * Bytes from the peer, in order, split arbitrarily.
   * @returns the number of frames they completed, each of which costs time
   */
  bytes(bytes: Buffer): number
  /** `bufferedBytes` has decreased since the last `send`. */
  drain(): void
  /** The carrier is closed; `code` is a WebSocket close code (1006 if none was received). */
  closed(code: number, reason: string): void
}

/** An ordered byte connection that may die: a WebSocket, or a simulation of one. */
export interface Carrier {
  /** Bytes passed to `send` and not yet to the network. */
  readonly bufferedBytes: number
  /** Must be called before the carrier emits events. */
  attach(handlers: CarrierHandlers): void
  /** The caller must not modify the bytes afterwards. No-op on a dead carrier. */
  send(bytes: Buffer): void
  /** Sends a close code and ensures that the connection ends even without a reply. */
  close(code: number, reason: string): void
  /** Terminates the connection immediately. */
  destroy(): void
}
