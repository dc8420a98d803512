/** Every limit of a tunnel, each with a safe default. Both ends of a tunnel may differ in all but `initialWindowBytes`. */
export interface TunnelLimits {
  /** Largest frame payload that is accepted. More ends the carrier with FRAME_TOO_LARGE. */
  readonly maxFrameBytes: number
  /** Largest payload of OPEN and MESSAGE. */
  readonly maxMessageBytes: number
  /** Credit that a stream starts with in each direction. Part of the protocol: both ends must agree. */
  readonly initialWindowBytes: number
  /** How far a stream's window may grow while its reader keeps up. */
  readonly maxWindowBytes: number
  /** Windows of one tunnel grow only while their sum stays under this. */
  readonly maxTunnelWindowBytes: number
  /** Body bytes that one stream may have queued for sending before `write` answers false. */
  readonly maxQueuedBytes: number
  /** Largest piece of one stream's body in one turn: what others can be made to wait for. */
  readonly sliceBytes: number
  /** No more body bytes are handed to a carrier that holds this many unsent. */
  readonly carrierHighWaterBytes: number
  /** No more body bytes are sent while this many are not acknowledged. */
  readonly maxReplayBytes: number
  /** Streams open at once; an OPEN beyond is answered with RESET REFUSED. */
  readonly maxStreams: number
  /** How long streams wait for a new carrier after theirs died. */
  readonly graceMs: number
  /** Time between PINGs. */
  readonly pingIntervalMs: number
  /** Time for anything at all to arrive after a PING. */
  readonly pongTimeoutMs: number
  /** Unanswered PINGs after which the carrier counts as dead. */
  readonly maxMissedPongs: number
  /** Time for HELLO (at the relay) or WELCOME (at the bridge) to arrive on a fresh carrier. */
  readonly handshakeTimeoutMs: number
}

export const DEFAULT_LIMITS: TunnelLimits = {
  maxFrameBytes: 1024 * 1024,
  maxMessageBytes: 64 * 1024,
  initialWindowBytes: 256 * 1024,
  maxWindowBytes: 8 * 1024 * 1024,
  maxTunnelWindowBytes: 64 * 1024 * 1024,
  maxQueuedBytes: 256 * 1024,
  sliceBytes: 64 * 1024,
  carrierHighWaterBytes: 256 * 1024,
  maxReplayBytes: 8 * 1024 * 1024,
  maxStreams: 1024,
  graceMs: 120_000,
  pingIntervalMs: 30_000,
  pongTimeoutMs: 5_000,
  maxMissedPongs: 3,
  handshakeTimeoutMs: 10_000,
}

/** Largest WebSocket message to take: one frame of the largest size and a batch of others. */
export function webSocketMessageBytesFor({ maxFrameBytes }: Pick<TunnelLimits, 'maxFrameBytes'>): number {
  return 2 * maxFrameBytes
}
