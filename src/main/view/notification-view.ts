import type { AppState } from './app-state.ts'
import { toConnectionView } from './connection-view.ts'
import { toUpdateView } from './update-view.ts'
import { wordsOf } from './words/view-words.ts'

export type NotificationId = 'needsYou' | 'update' | 'stillRunning' | 'newClient' | 'relayDown'

export interface NotificationView {
  readonly id: NotificationId
  readonly title: string
  readonly text: string
}

/**
 * Notifications: the user has to act, an update needs approval, a key was used for the first time, the relay was away
 * for long, and, once, a closed window does not quit the app. Short problems that resolve themselves are not reported.
 * @param told ids already shown in this run
 */
export function notificationsFor(
  before: AppState,
  after: AppState,
  told: ReadonlySet<NotificationId>,
): readonly NotificationView[] {
  const views = [
    needsYou(before, after),
    updateOffered(before, after),
    newClient(before, after),
    relayDown(before, after),
  ]
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
  if (!after.settings.notifyUpdate) return null
  const waiting = updateWaitingFor(after)
  if (after.window === 'shown' || waiting === null || waiting === updateWaitingFor(before)) return null
  return { id: 'update', title: 'CloudToLocalLLM', text: toUpdateView(after).text }
}

/** An available version that only the user can install. */
function updateWaitingFor({ update, settings }: AppState): string | null {
  if (update.kind !== 'available') return null
  return update.how === 'packageManager' || settings.updateMode === 'notify' ? update.version : null
}

/** Uses of keys that are known to the state before: at start, all are new to the app. */
function newClient(before: AppState, after: AppState): NotificationView | null {
  if (!after.settings.notifyNewClient) return null
  const unused = new Set(before.keys.filter(({ usage }) => usage === undefined).map(({ id }) => id))
  const key = after.keys.find(({ id, usage }) => usage !== undefined && unused.has(id))
  if (key === undefined || key.id === after.defaultKeyId) return null
  const { t } = wordsOf(after)
  const text = t('notification.newClient.text', { key: key.name })
  return { id: 'newClient', title: t('notification.newClient'), text }
}

const DOWN_AFTER_MS = 5 * 60_000

function relayDown(before: AppState, after: AppState): NotificationView | null {
  if (!after.settings.notifyRelayDown || !isLongDown(after) || isLongDown(before)) return null
  const { t } = wordsOf(after)
  return { id: 'relayDown', title: t('notification.relayDown'), text: t('notification.relayDown.text') }
}

function isLongDown({ offlineSince, now }: AppState): boolean {
  return offlineSince !== null && now - offlineSince >= DOWN_AFTER_MS
}

function stillRunning(before: AppState, after: AppState): NotificationView | null {
  const { bridge, window, isDraining, hasTray, settings } = after
  // The bridge is `null` while the app quits.
  if (bridge === null || isDraining || !hasTray) return null
  if (window !== 'closed' || before.window === 'closed') return null
  const { t } = wordsOf(after)
  const place = settings.trayStyle === 'hidden' ? 'hidden' : 'tray'
  const text = t(`notification.stillRunning.${place}`)
  return { id: 'stillRunning', title: t('notification.stillRunning'), text }
}
