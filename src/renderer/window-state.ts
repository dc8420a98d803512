import type { AppView, SetupView } from '../shared/ipc/view.ts'

/** Fills in the first run's form. */
export type Suggestion = NonNullable<Extract<SetupView, { kind: 'needed' }>['suggestion']>

/** The newest snapshot, and what the window has learned from those before it. */
export interface WindowState {
  readonly view: AppView
  /** The first run, or a new sign-in, takes the place of all pages until the user leaves it. */
  readonly isSettingUp: boolean
  /** From the last link that was opened. */
  readonly suggestion: Suggestion | null
}

/** The state after a snapshot. */
export function follow(before: WindowState | null, view: AppView): WindowState {
  const { setup } = view
  const suggested = setup.kind === 'needed' ? setup.suggestion : null
  return {
    view,
    isSettingUp: setup.kind !== 'done' || before?.isSettingUp === true,
    suggestion: suggested ?? before?.suggestion ?? null,
  }
}

/** The state after the user has left the setup. */
export function leaveSetup(state: WindowState): WindowState {
  return { ...state, isSettingUp: false, suggestion: null }
}
