/** What a carrier tells its user. After `closed` nothing follows. */
export interface CarrierHandlers {
  /**
   * Bytes of the peer, in order, cut up anyhow.
   * @returns how many frames they completed: each costs time, however small it is
   */
  bytes(bytes: Buffer): number
  /** `bufferedBytes` has fallen since the last `send`. */
  drain(): void
  /** The carrier is gone; `code` is a WebSocket close code (1006 where none was received). */
  closed(code: number, reason: string): void
}

/** A connection that moves bytes in order until it dies: a WebSocket, or a simulation of one. */
export interface Carrier {
  /** Memory of what was given to `send` and not yet to the network, in bytes. */
  readonly bufferedBytes: number
  /** Must be called before the carrier can say anything. */
  attach(handlers: CarrierHandlers): void
  /** The bytes are never changed afterwards, by nobody. Does nothing on a dead carrier. */
  send(bytes: Buffer): void
  /** Says goodbye with a close code, and makes sure that the connection ends even if nobody answers. */
  close(code: number, reason: string): void
  /** Cuts the connection at once. */
  destroy(): void
}
