import type { SetupView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** Whether the window asks for a relay. Not while the app starts, when the account is unknown. */
export function toSetupView(state: AppState): SetupView {
  const { account, bridge, signIn, suggestion, isSigningInAgain } = state
  if (signIn !== null) return signIn
  const isNeeded = isSigningInAgain || (account === null && bridge !== null)
  return isNeeded ? { kind: 'needed', suggestion, canCancel: account !== null } : { kind: 'done' }
}
