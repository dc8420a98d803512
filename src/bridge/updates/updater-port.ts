import type { UpdateChannel } from '../../shared/preferences.ts'
import type { FoundUpdate } from './update-policy.ts'

/** What does the work: electron-updater, behind `src/main/shell/app-updater.ts`. */
export interface UpdaterPort {
  /** @returns the newer version that is meant for this machine, or null. Never an older one. */
  check(channel: UpdateChannel): Promise<FoundUpdate | null>
  /** Fetches and verifies what the last check found. Rejects when the signal aborts it. */
  download(options: DownloadOptions): Promise<void>
  /**
   * Puts the downloaded version in place of this one, and quits.
   * With `restart`: settles only by failing, because success ends this process. Without: resolves when handed over.
   */
  install(options: { readonly restart: boolean }): Promise<void>
}

export interface DownloadOptions {
  /** From 0 to 100. */
  readonly onProgress: (percent: number) => void
  readonly signal: AbortSignal
}
