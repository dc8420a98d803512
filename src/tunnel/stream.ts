/** Reasons for a reset. The numbers are part of the protocol (docs/protocol.md, "RESET codes"). */
export const RESET_CODES = {
  /** The opener no longer wants the response: its client disconnected. */
  CANCELLED: 0,
  /** The upstream failed, or could not be reached after the head was sent. */
  UPSTREAM_FAILED: 1,
  /** A local deadline passed. */
  TIMEOUT: 2,
  /** No room for another stream. */
  REFUSED: 3,
  /** The peer exceeded its credit or sent frames that the stream's state forbids. */
  FLOW_ERROR: 4,
  /** The session ended under the stream: grace period over, relay gone, taken over. Never sent. */
  SESSION_LOST: 5,
  INTERNAL: 6,
} as const
export type ResetCode = keyof typeof RESET_CODES

/** Events of a stream. `reset` is final; after `end` only `reset` may follow, while our side is still open. */
export interface StreamHandlers {
  /** A message from the peer, in order with its data. Never split or merged. */
  message(bytes: Uint8Array): void
  /** A body chunk. Call `release(chunk.length)` once it has been consumed. */
  data(chunk: Uint8Array): void
  /** The peer has finished its side. */
  end(): void
  /** The stream was reset by the peer or with its session. Not called for a local `reset`. */
  reset(code: ResetCode, reason: string): void
  /** There is room again after `write` returned false. */
  drain(): void
}

/** A stream as its user sees it. All methods are no-ops after the stream has ended. */
export interface TunnelStream {
  readonly id: number
  /** Both sides have ended, or one has reset. */
  readonly closed: boolean
  /** Must be called in the same tick in which the stream was emitted. */
  attach(handlers: StreamHandlers): void
  /** Sends a small message (at most 64 KiB) in order with the data, without using credit. */
  message(bytes: Uint8Array): void
  /** Sends a body chunk, which must not be modified afterwards. False means stop until `drain`. */
  write(chunk: Uint8Array): boolean
  /** Finishes our side after everything written. */
  end(): void
  /** Resets the stream immediately, dropping queued data. */
  reset(code: ResetCode, reason?: string): void
  /** Returns credit to the peer for `bytes` that were consumed. */
  release(bytes: number): void
}
