import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { UpdateView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'

/** Status of updates in one sentence, with at most one button. */
export function toUpdateView({ update, version }: Pick<AppState, 'update' | 'version'>): UpdateView {
  const none = { kind: update.kind, version: null, percent: null, action: null }
  switch (update.kind) {
    case 'unsupported':
      return { ...none, text: update.why, action: actionFor('openReleases') }
    case 'idle':
      return {
        ...none,
        text: update.checkedAt === null ? `This is version ${version}.` : `Version ${version} is up to date.`,
        action: actionFor('checkForUpdates'),
      }
    case 'checking':
      return { ...none, text: 'Checking for updates.' }
    case 'available':
      return { ...none, version: update.version, ...offerWords(update) }
    case 'downloading':
      return {
        ...none,
        version: update.version,
        percent: update.percent,
        text: `Downloading version ${update.version}.`,
      }
    case 'ready':
      return { ...none, version: update.version, ...readyWords(update) }
    case 'installing':
      return { ...none, version: update.version, text: `Installing version ${update.version}.` }
    case 'failed':
      return {
        ...none,
        text: `${update.reason} Version ${version} keeps running.`,
        action: actionFor('checkForUpdates', 'Try again'),
      }
  }
}

function offerWords(
  update: Extract<UpdateState, { kind: 'available' }>,
): Pick<UpdateView, 'text' | 'action'> {
  const { version } = update
  if (update.how === 'download')
    return { text: `Version ${version} is available.`, action: actionFor('downloadUpdate') }
  const how = update.command === null ? 'install it.' : `run: ${update.command}`
  return {
    text: `Version ${version} is available. Install it with your system’s package manager: download the package and ${how}`,
    action: actionFor('openReleases'),
  }
}

function readyWords({
  version,
  waitingFor,
}: Extract<UpdateState, { kind: 'ready' }>): Pick<UpdateView, 'text' | 'action'> {
  const restart = actionFor('installUpdate')
  switch (waitingFor) {
    case 'streams':
      return {
        text: `Version ${version} will be installed when the running requests have finished.`,
        action: null,
      }
    case 'quiet':
      return {
        text: `Version ${version} will be installed after a period without requests. You can also install it now.`,
        action: restart,
      }
    case 'quit':
      return {
        text: `Version ${version} will be installed when you quit. You can also install it now.`,
        action: restart,
      }
    case null:
      return { text: `Version ${version} is ready to install.`, action: restart }
  }
}
