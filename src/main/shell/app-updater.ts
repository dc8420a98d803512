import electronUpdater, { type AppUpdater } from 'electron-updater'
import { withFileKept } from '../../bridge/updates/kept-file.ts'
import type { UpdaterPort } from '../../bridge/updates/updater-port.ts'
import type { Logger } from '../../shared/logger.ts'

export interface AppUpdaterOptions {
  readonly updater: AppUpdater
  readonly logger: Logger
  /** File of the running AppImage; undefined for other packages. */
  readonly appImage: string | undefined
}

/** Implements `UpdaterPort` with electron-updater. */
export function appUpdater({ updater, logger, appImage }: AppUpdaterOptions): UpdaterPort {
  updater.logger = toLibraryLogger(logger)
  updater.autoDownload = false
  updater.autoInstallOnAppQuit = false
  // Staged rollouts are decided locally, so the server needs no permanent id of this machine.
  updater.requestHeaders = { 'x-user-staging-id': '-' }
  return {
    async check(channel) {
      updater.channel = channel
      // Setting the channel also allows downgrades, which is undocumented.
      updater.allowDowngrade = false
      updater.allowPrerelease = channel === 'beta'
      const result = await updater.checkForUpdates()
      if (result === null || !result.isUpdateAvailable) return null
      const { version, files } = result.updateInfo
      return { version, files: files.map(({ url }) => url) }
    },
    async download({ onProgress, signal }) {
      const token = new electronUpdater.CancellationToken()
      const cancel = () => token.cancel()
      const note = ({ percent }: { readonly percent: number }) => onProgress(percent)
      signal.addEventListener('abort', cancel)
      updater.on('download-progress', note)
      try {
        await updater.downloadUpdate(token)
      } finally {
        updater.off('download-progress', note)
        signal.removeEventListener('abort', cancel)
      }
    },
    install: ({ restart }) =>
      new Promise((resolve, reject) => {
        // Squirrel on macOS reports failures later.
        updater.once('error', reject)
        withFileKept(appImage, () => quitAndInstall(updater, restart))
        if (!restart) resolve()
      }),
  }
}

/** @throws errors that the library only emits */
function quitAndInstall(updater: AppUpdater, restart: boolean): void {
  const errors: Error[] = []
  const note = (error: Error) => errors.push(error)
  updater.on('error', note)
  try {
    updater.quitAndInstall(true, restart)
  } finally {
    updater.off('error', note)
  }
  if (errors.length > 0) throw errors[0]
}

/** Logs at debug level, because relevant failures are returned as errors. */
function toLibraryLogger(logger: Logger) {
  const say = (text: unknown) => logger.debug({ text: String(text) }, 'electron-updater')
  return { debug: say, info: say, warn: say, error: say }
}
