import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { UpdateView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'

/** The update state as one sentence and at most one button. */
export function toUpdateView({ update, version }: Pick<AppState, 'update' | 'version'>): UpdateView {
  const none = { kind: update.kind, version: null, percent: null, action: null }
  switch (update.kind) {
    case 'unsupported':
      return { ...none, text: update.why, action: actionFor('openReleases') }
    case 'idle':
      return {
        ...none,
        text:
          update.checkedAt === null
            ? `This is version ${version}.`
            : `There is nothing newer than version ${version} yet.`,
        action: actionFor('checkForUpdates'),
      }
    case 'checking':
      return { ...none, text: 'Looking for updates.' }
    case 'available':
      return { ...none, version: update.version, ...offerWords(update) }
    case 'downloading':
      return {
        ...none,
        version: update.version,
        percent: update.percent,
        text: `Version ${update.version} is being downloaded.`,
      }
    case 'ready':
      return { ...none, version: update.version, ...readyWords(update) }
    case 'installing':
      return { ...none, version: update.version, text: `Version ${update.version} is being installed.` }
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
    text: `Version ${version} is available. Your system’s package manager has to put it in: download the package and ${how}`,
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
        text: `Version ${version} is installed when the running requests have finished.`,
        action: null,
      }
    case 'quiet':
      return {
        text: `Version ${version} is installed when nothing has run for a while, or now.`,
        action: restart,
      }
    case 'quit':
      return { text: `Version ${version} is installed when you quit, or now.`, action: restart }
    case null:
      return { text: `Version ${version} is ready to be installed.`, action: restart }
  }
}
