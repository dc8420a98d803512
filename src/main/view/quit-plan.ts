/**
 * Who may end the app, and when: the one owner of quit intent, as a pure function.
 *
 * The close button hides the window where a tray icon brings it back. RemoteDevices it quits, because a window that cannot be
 * closed is a trap: docks end an app by closing its windows. A tray icon that the user chose to hide counts as there.
 */

/** What the user answers when requests still run. */
export type QuitAnswer = 'quitWhenFinished' | 'quitNow' | 'cancel'

export type QuitState =
  | { readonly kind: 'running' }
  /** The question is open. */
  | { readonly kind: 'asking' }
  /** New requests are turned away; quits when those under way have finished. */
  | { readonly kind: 'draining' }
  /** The updater has taken over and ends the process, unless it fails. */
  | { readonly kind: 'updating' }
  /** Nothing stands in the way any more. */
  | { readonly kind: 'quitting' }

export type QuitEvent =
  | { readonly type: 'closeWindow'; readonly hasTray: boolean; readonly activeRequests: number }
  | { readonly type: 'quit'; readonly activeRequests: number }
  | { readonly type: 'answered'; readonly answer: QuitAnswer; readonly activeRequests: number }
  /** The last running request has ended. */
  | { readonly type: 'idle' }
  | { readonly type: 'deadline' }
  /** The updater takes over, and quits by itself. */
  | { readonly type: 'quitForUpdate' }
  /** It could not: this version stays. */
  | { readonly type: 'updateFailed' }
  /** The session or the machine ends; there is no time to ask. */
  | { readonly type: 'shutdown' }

/** What has to be done. The deadline of an earlier state is always cancelled first. */
export type QuitEffect =
  | { readonly type: 'hideWindow' }
  /** Asks `quitQuestionFor`, and comes back with `answered`. */
  | { readonly type: 'ask'; readonly activeRequests: number }
  /** Turns new requests away. */
  | { readonly type: 'drain' }
  | { readonly type: 'deadlineAfter'; readonly delayMs: number }
  | { readonly type: 'quit' }

export interface QuitTransition {
  readonly state: QuitState
  readonly effects: readonly QuitEffect[]
}

/** A long answer of a large model takes minutes; one that never ends must not keep the app for ever. */
export const DRAIN_DEADLINE_MS = 10 * 60_000

export const RUNNING: QuitState = { kind: 'running' }

/** What comes next. Pairs that mean nothing leave the state as it is. */
export function transition(state: QuitState, event: QuitEvent): QuitTransition {
  switch (event.type) {
    case 'closeWindow':
      return windowClosed(state, event.hasTray, event.activeRequests)
    case 'quit':
      return asked(state, event.activeRequests)
    case 'answered':
      return answered(state, event.answer, event.activeRequests)
    case 'idle':
    case 'deadline':
      return state.kind === 'draining' ? quitting() : stay(state)
    case 'quitForUpdate':
      return state.kind === 'quitting' ? stay(state) : { state: { kind: 'updating' }, effects: [] }
    case 'updateFailed':
      return state.kind === 'updating' ? { state: RUNNING, effects: [] } : stay(state)
    case 'shutdown':
      return state.kind === 'quitting' ? stay(state) : quitting()
  }
}

/** Whether the system's close of the window is let through instead of being turned into an event. */
export function mayClose({ kind }: QuitState): boolean {
  return kind === 'quitting' || kind === 'updating'
}

function windowClosed(state: QuitState, hasTray: boolean, activeRequests: number): QuitTransition {
  switch (state.kind) {
    case 'running':
      return hasTray ? { state, effects: [{ type: 'hideWindow' }] } : asked(state, activeRequests)
    // It goes by itself when the requests have ended: no icon is needed to come back.
    case 'draining':
      return { state, effects: [{ type: 'hideWindow' }] }
    case 'asking':
    case 'updating':
    case 'quitting':
      return stay(state)
  }
}

function asked(state: QuitState, activeRequests: number): QuitTransition {
  switch (state.kind) {
    case 'running':
      return activeRequests === 0
        ? quitting()
        : { state: { kind: 'asking' }, effects: [{ type: 'ask', activeRequests }] }
    // Whoever asks twice means it, and an installation that hangs must not keep the app.
    case 'draining':
    case 'updating':
      return quitting()
    case 'asking':
    case 'quitting':
      return stay(state)
  }
}

function answered(state: QuitState, answer: QuitAnswer, activeRequests: number): QuitTransition {
  if (state.kind !== 'asking') return stay(state)
  if (answer === 'cancel') return { state: RUNNING, effects: [] }
  if (answer === 'quitNow' || activeRequests === 0) return quitting()
  return {
    state: { kind: 'draining' },
    effects: [{ type: 'drain' }, { type: 'deadlineAfter', delayMs: DRAIN_DEADLINE_MS }],
  }
}

function quitting(): QuitTransition {
  return { state: { kind: 'quitting' }, effects: [{ type: 'quit' }] }
}

function stay(state: QuitState): QuitTransition {
  return { state, effects: [] }
}
