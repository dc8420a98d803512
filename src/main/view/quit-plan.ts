/**
 * State machine for quitting the app, as a pure function.
 * The close button hides the window if a tray icon can bring it back. Otherwise it quits, because docks quit
 * an app by closing its windows, and a window that cannot be closed would trap the user. A tray icon that the
 * user chose to hide counts as available.
 */

/** The user's answer while requests are running. */
export type QuitAnswer = 'quitWhenFinished' | 'quitNow' | 'cancel'

export type QuitState =
  | { readonly kind: 'running' }
  /** The dialog is open. */
  | { readonly kind: 'asking' }
  /** New requests are rejected; the app quits when the running ones have finished. */
  | { readonly kind: 'draining' }
  /** The updater has taken over and exits the process unless it fails. */
  | { readonly kind: 'updating' }
  /** Nothing prevents the app from quitting. */
  | { readonly kind: 'quitting' }

export type QuitEvent =
  | { readonly type: 'closeWindow'; readonly hasTray: boolean; readonly activeRequests: number }
  | { readonly type: 'quit'; readonly activeRequests: number }
  | { readonly type: 'answered'; readonly answer: QuitAnswer; readonly activeRequests: number }
  /** The last running request has finished. */
  | { readonly type: 'idle' }
  | { readonly type: 'deadline' }
  /** The updater takes over and quits the app itself. */
  | { readonly type: 'quitForUpdate' }
  /** The updater failed, so this version stays. */
  | { readonly type: 'updateFailed' }
  /** The session or the machine is shutting down; there is no time to ask. */
  | { readonly type: 'shutdown' }

/** Effects to run. The deadline of a previous state is always cancelled first. */
export type QuitEffect =
  | { readonly type: 'hideWindow' }
  /** Asks `quitQuestionFor` and sends `answered`. */
  | { readonly type: 'ask'; readonly activeRequests: number }
  /** Rejects new requests. */
  | { readonly type: 'drain' }
  | { readonly type: 'deadlineAfter'; readonly delayMs: number }
  | { readonly type: 'quit' }

export interface QuitTransition {
  readonly state: QuitState
  readonly effects: readonly QuitEffect[]
}

/** A long response of a large model takes minutes; one that never finishes must not keep the app running. */
export const DRAIN_DEADLINE_MS = 10 * 60_000

export const RUNNING: QuitState = { kind: 'running' }

/** Next state and effects. Events that do not apply leave the state unchanged. */
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

/** Whether the system may close the window, instead of sending an event. */
export function mayClose({ kind }: QuitState): boolean {
  return kind === 'quitting' || kind === 'updating'
}

function windowClosed(state: QuitState, hasTray: boolean, activeRequests: number): QuitTransition {
  switch (state.kind) {
    case 'running':
      return hasTray ? { state, effects: [{ type: 'hideWindow' }] } : asked(state, activeRequests)
    // The app quits when the requests have finished, so no icon is needed to reopen the window.
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
    // A second request to quit is final, and a hanging installation must not keep the app running.
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
