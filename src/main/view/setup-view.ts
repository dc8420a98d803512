import type { SetupView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** Whether the window asks for a relay. Not while the app starts, when the account is unknown. */
export function toSetupView({ account, bridge, signIn, suggestion }: AppState): SetupView {
  if (signIn !== null) return signIn
  return account === null && bridge !== null ? { kind: 'needed', suggestion } : { kind: 'done' }
}
