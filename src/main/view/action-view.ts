import type { ActionId, ActionView } from '../../shared/ipc/view.ts'

const LABELS: Readonly<Record<ActionId, string>> = {
  reconnect: 'Reconnect',
  pause: 'Pause',
  resume: 'Resume',
  signInAgain: 'Sign in again',
  retrySecrets: 'Try again',
  keepSecretsInFile: 'Keep in a file',
  detectUpstream: 'Look again',
  checkForUpdates: 'Check for updates',
  downloadUpdate: 'Download',
  installUpdate: 'Restart to update',
  openReleases: 'Open releases',
  openLogs: 'Open log folder',
}

/** A button. */
export function actionFor(id: ActionId, label: string = LABELS[id]): ActionView {
  return { id, label }
}
