import type { AppState } from './app-state.ts'
import { toConnectionView } from './connection-view.ts'
import { toUpdateView } from './update-view.ts'

export type NotificationId = 'needsYou' | 'update' | 'stillRunning'

export interface NotificationView {
  readonly id: NotificationId
  readonly title: string
  readonly text: string
}

/**
 * Notifications: the user has to act, an update needs approval, and, once, a closed window does not quit the
 * app. Problems that resolve themselves are not reported.
 * @param told ids already shown in this run
 */
export function notificationsFor(
  before: AppState,
  after: AppState,
  told: ReadonlySet<NotificationId>,
): readonly NotificationView[] {
  const views = [needsYou(before, after), updateOffered(before, after)]
  if (!told.has('stillRunning')) views.push(stillRunning(before, after))
  return views.filter((view) => view !== null)
}

function needsYou(before: AppState, after: AppState): NotificationView | null {
  const { kind, title, detail } = toConnectionView(after)
  if (kind !== 'blocked' && kind !== 'keychainLocked') return null
  if (after.window === 'shown' || toConnectionView(before).detail === detail) return null
  return { id: 'needsYou', title, text: detail }
}

function updateOffered(before: AppState, after: AppState): NotificationView | null {
  const waiting = updateWaitingFor(after)
  if (after.window === 'shown' || waiting === null || waiting === updateWaitingFor(before)) return null
  return { id: 'update', title: 'CloudToLocalLLM', text: toUpdateView(after).text }
}

/** An available version that only the user can install. */
function updateWaitingFor({ update, settings }: AppState): string | null {
  if (update.kind !== 'available') return null
  return update.how === 'packageManager' || settings.updateMode === 'notify' ? update.version : null
}

function stillRunning(before: AppState, after: AppState): NotificationView | null {
  const { bridge, window, isDraining, hasTray, settings } = after
  // The bridge is `null` while the app quits.
  if (bridge === null || isDraining || !hasTray) return null
  if (window !== 'closed' || before.window === 'closed') return null
  const where =
    settings.trayStyle === 'hidden'
      ? 'Start it again to see the window.'
      : 'It is in the tray; quit it from there.'
  return { id: 'stillRunning', title: 'CloudToLocalLLM is still running', text: where }
}
