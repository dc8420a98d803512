import { ERRORS, type ErrorCode } from '../../shared/errors.ts'
import type { TunnelState, PauseCause } from './tunnel-state.ts'

export type TunnelEvent =
  | { readonly type: 'start'; readonly hasCredential: boolean }
  | { readonly type: 'stop' }
  | { readonly type: 'signedIn' }
  | { readonly type: 'signedOut' }
  /** The user requests an attempt now. */
  | { readonly type: 'reconnect' }
  | { readonly type: 'connected' }
  /** The attempt failed, or the carrier was lost. */
  | { readonly type: 'failed'; readonly cause: ErrorCode }
  /** The relay is stopping and asks the bridge to reconnect elsewhere. */
  | { readonly type: 'goaway' }
  | { readonly type: 'retryDue' }
  /** The tunnel has been online for STABLE_MS. */
  | { readonly type: 'stable' }
  | { readonly type: 'paused'; readonly cause: PauseCause }
  | { readonly type: 'resumed' }

/** Actions for the supervisor. Timers of an earlier state are always cancelled first. */
export type TunnelEffect =
  | { readonly type: 'dial' }
  /** Ends the current attempt or carrier. The session stays. */
  | { readonly type: 'hangUp' }
  /** Ends the session and all its streams. */
  | { readonly type: 'endSession' }
  /** Lets the session finish its streams and starts a new one. */
  | { readonly type: 'retireSession' }
  | { readonly type: 'retryAfter'; readonly delayMs: number }
  | { readonly type: 'stableAfter'; readonly delayMs: number }

export interface Transition {
  readonly state: TunnelState
  readonly effects: readonly TunnelEffect[]
}

const BASE_DELAY_MS = 500
const MAX_DELAY_MS = 30_000
/** After this time online, failures are counted from zero again. */
export const STABLE_MS = 60_000
/** A carrier that was up at least this long is redialled immediately, so a Wi-Fi change costs only a moment. */
const WORTHY_MS = 500

export const INITIAL_STATE: TunnelState = { kind: 'off' }

/**
 * The next state and its effects. Pure; irrelevant events leave the state unchanged.
 * @param random uniform in [0, 1)
 */
export function transition(state: TunnelState, event: TunnelEvent, now: number, random: number): Transition {
  switch (event.type) {
    case 'start':
      return state.kind === 'off' ? started(event.hasCredential, now) : stay(state)
    case 'stop':
      return state.kind === 'off' ? stay(state) : ended({ kind: 'off' })
    case 'signedOut':
      return state.kind === 'off' ? stay(state) : ended({ kind: 'signedOut' })
    case 'signedIn':
      return state.kind === 'signedOut' || state.kind === 'blocked' ? dial(0, now) : stay(state)
    case 'reconnect':
      return reconnect(state, now)
    case 'connected':
      return state.kind === 'connecting' ? connected(state.attempt, now) : stay(state)
    case 'failed':
      return failed(state, event.cause, now, random)
    case 'goaway':
      return state.kind === 'online' ? dial(state.attempt, now, [{ type: 'retireSession' }]) : stay(state)
    case 'retryDue':
      return state.kind === 'waiting' ? dial(state.attempt, now) : stay(state)
    case 'stable':
      return state.kind === 'online' ? { state: { ...state, attempt: 0 }, effects: [] } : stay(state)
    case 'paused':
      return isActive(state)
        ? moved({ kind: 'paused', cause: event.cause }, [{ type: 'hangUp' }])
        : stay(state)
    case 'resumed':
      return resumed(state, now)
  }
}

function stay(state: TunnelState): Transition {
  return { state, effects: [] }
}

function moved(state: TunnelState, effects: readonly TunnelEffect[]): Transition {
  return { state, effects }
}

function started(hasCredential: boolean, now: number): Transition {
  return hasCredential ? dial(0, now) : moved({ kind: 'signedOut' }, [])
}

/** The session ends first, since its close message needs the carrier. */
function ended(state: TunnelState): Transition {
  return moved(state, [{ type: 'endSession' }, { type: 'hangUp' }])
}

function dial(attempt: number, now: number, before: readonly TunnelEffect[] = []): Transition {
  return moved({ kind: 'connecting', attempt, since: now }, [...before, { type: 'dial' }])
}

function connected(attempt: number, now: number): Transition {
  return moved({ kind: 'online', attempt, since: now }, [{ type: 'stableAfter', delayMs: STABLE_MS }])
}

function isActive({ kind }: TunnelState): boolean {
  return kind === 'connecting' || kind === 'online' || kind === 'waiting'
}

/** The user overrides any timer, and may have resolved the cause of `blocked`. */
function reconnect(state: TunnelState, now: number): Transition {
  const isStoppable = isActive(state) || state.kind === 'paused' || state.kind === 'blocked'
  return isStoppable ? dial(0, now, [{ type: 'hangUp' }]) : stay(state)
}

/** A socket from before a suspend or network change may look open for 15 minutes, so it is never trusted. */
function resumed(state: TunnelState, now: number): Transition {
  return isActive(state) || state.kind === 'paused' ? dial(0, now, [{ type: 'hangUp' }]) : stay(state)
}

function failed(state: TunnelState, cause: ErrorCode, now: number, random: number): Transition {
  if (state.kind !== 'connecting' && state.kind !== 'online') return stay(state)
  const { retry } = ERRORS[cause]
  if (retry === 'never') return ended({ kind: 'blocked', cause })
  const wasWorthy = state.kind === 'online' && now - state.since >= WORTHY_MS
  if (wasWorthy && retry === 'now') return dial(state.attempt, now)
  const attempt = state.attempt + 1
  const delayMs = Math.round(random * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** Math.min(attempt, 10)))
  return moved({ kind: 'waiting', attempt, retryAt: now + delayMs, cause }, [{ type: 'retryAfter', delayMs }])
}
