import type { UpdateChannel } from '../../shared/preferences.ts'
import type { FoundUpdate } from './update-policy.ts'

/** The update backend: electron-updater, behind `src/main/shell/app-updater.ts`. */
export interface UpdaterPort {
  /** @returns the newer version offered to this machine, or null. Never an older one. */
  check(channel: UpdateChannel): Promise<FoundUpdate | null>
  /** Downloads and verifies the last found version. Rejects when the signal aborts it. */
  download(options: DownloadOptions): Promise<void>
  /**
   * Replaces this version with the downloaded one and quits. With `restart` it settles only on failure, because success
   * ends this process. Without, it resolves once the installer has started.
   */
  install(options: { readonly restart: boolean }): Promise<void>
}

export interface DownloadOptions {
  /** From 0 to 100. */
  readonly onProgress: (percent: number) => void
  readonly signal: AbortSignal
}
