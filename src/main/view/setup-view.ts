import type { SetupView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { textOf, wordsOf } from './words/view-words.ts'

/** Whether the window asks for a relay. Not while the app starts, when the account is unknown. */
export function toSetupView(state: AppState): SetupView {
  const { account, bridge, signIn, suggestion, isSigningInAgain } = state
  if (signIn?.kind === 'failed') return { ...signIn, message: textOf(wordsOf(state), signIn.message) }
  if (signIn !== null) return signIn
  const isNeeded = isSigningInAgain || (account === null && bridge !== null)
  return isNeeded ? { kind: 'needed', suggestion, canCancel: account !== null } : { kind: 'done' }
}
