/** Why a stream was broken off. The numbers travel on the wire (docs/protocol.md, "RESET codes"). */
export const RESET_CODES = {
  /** The opener no longer wants the answer: its client went away. */
  CANCELLED: 0,
  /** The upstream broke off, or could not be reached after the head was sent. */
  UPSTREAM_FAILED: 1,
  /** A deadline of ours passed. */
  TIMEOUT: 2,
  /** No room for another stream. */
  REFUSED: 3,
  /** The peer sent more than its credit, or frames that the stream's state forbids. */
  FLOW_ERROR: 4,
  /** The session ended under the stream: grace over, relay gone, taken over. Never on the wire. */
  SESSION_LOST: 5,
  INTERNAL: 6,
} as const
export type ResetCode = keyof typeof RESET_CODES

/** What a stream tells its user. `reset` is final; after `end` only `reset` may follow, should our side still be open. */
export interface StreamHandlers {
  /** A message of the peer, in order with its data. Never split or merged. */
  message(bytes: Uint8Array): void
  /** A piece of the body. The user owes `release(chunk.length)` once the piece has moved on. */
  data(chunk: Uint8Array): void
  /** The peer has finished its side. */
  end(): void
  /** The stream is broken, by the peer or because the session is lost. Not called for our own `reset`. */
  reset(code: ResetCode, reason: string): void
  /** There is room again after `write` answered false. */
  drain(): void
}

/** One stream, as its user sees it. All methods are safe to call after the stream has ended: they do nothing. */
export interface TunnelStream {
  readonly id: number
  /** Both sides have ended, or one has reset. */
  readonly closed: boolean
  /** Must be called in the same tick in which the stream was handed out. */
  attach(handlers: StreamHandlers): void
  /** Sends a small message (at most 64 KiB) in order with the data. Takes no credit. */
  message(bytes: Uint8Array): void
  /** Sends a piece of the body; the bytes must not be changed afterwards. False: stop until `drain`. */
  write(chunk: Uint8Array): boolean
  /** Finishes our side, behind all that was written. */
  end(): void
  /** Breaks the stream off at once, dropping what is queued. */
  reset(code: ResetCode, reason?: string): void
  /** Gives the peer credit for `bytes` that it had sent and that have been dealt with. */
  release(bytes: number): void
}
