import type { Random } from '../../shared/clock.ts'
import type { UpdateChannel, UpdateMode } from '../../shared/preferences.ts'

/** How this copy was installed, which determines who may replace it and how. `none`: it cannot be updated here. */
export type PackageKind = 'appimage' | 'deb' | 'rpm' | 'nsis' | 'mac' | 'none'

export interface UpdateSettings {
  readonly mode: UpdateMode
  readonly channel: UpdateChannel
  /** deb and rpm: whether the user agreed to an administrator password prompt. */
  readonly allowPrivileged: boolean
}

/** A newer version offered to this machine. */
export interface FoundUpdate {
  readonly version: string
  /** Its packages by file name. Untrusted, since it comes from the network. */
  readonly files: readonly string[]
}

/** Whether this app downloads a new version, or the user with a package manager. */
export type Offer =
  | { readonly how: 'download' }
  /** The command for the downloaded package; `null` if the release names no matching one. */
  | { readonly how: 'packageManager'; readonly command: string | null }

/**
 * The event a downloaded update waits for: the end of running requests (requested by the user), a quiet moment or the
 * next quit (whichever is first), the next quit, or only the user (`null`).
 */
export type WaitingFor = 'streams' | 'quiet' | 'quit' | null

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Time without requests before an automatic installation. */
export const QUIET_MS = 10 * MINUTE_MS
/** Timeout for the update feed. */
export const CHECK_DEADLINE_MS = MINUTE_MS
/** Timeout for a stalled download. */
export const STALL_MS = 2 * MINUTE_MS

/** Delay until the next check, with jitter to spread the load of a release. */
export function nextCheckDelayMs(after: 'start' | 'check' | 'failure', random: Random): number {
  switch (after) {
    // Starting and waking up are busy moments, and the network may not be available yet.
    case 'start':
      return 30_000 + random() * 30_000
    case 'check':
      return 6 * HOUR_MS * (0.9 + random() * 0.2)
    case 'failure':
      return 30 * MINUTE_MS * (0.9 + random() * 0.2)
  }
}

/** Facts a packaged app can know about itself. */
export interface PackageFacts {
  readonly platform: NodeJS.Platform
  readonly isPackaged: boolean
  /** The APPIMAGE environment variable. */
  readonly appImage: string | undefined
  /** The content of electron-builder's `resources/package-type`; `null` if the file is missing. */
  readonly packageType: string | null
}

export function packageKindFor({ platform, isPackaged, appImage, packageType }: PackageFacts): PackageKind {
  if (!isPackaged) return 'none'
  if (platform === 'win32') return 'nsis'
  if (platform === 'darwin') return 'mac'
  const type = packageType?.trim()
  if (type === 'deb' || type === 'rpm') return type
  return platform === 'linux' && appImage !== undefined ? 'appimage' : 'none'
}

export function offerFor(found: FoundUpdate, kind: PackageKind, settings: UpdateSettings): Offer {
  if (!isPrivileged(kind) || settings.allowPrivileged) return { how: 'download' }
  return { how: 'packageManager', command: commandFor(found.files, kind) }
}

/** The event that a newly downloaded update waits for. */
export function waitingForAfterDownload(kind: PackageKind, mode: UpdateMode): WaitingFor {
  // An unexpected password dialog looks like an attack, and at quit no one answers it.
  if (isPrivileged(kind)) return null
  if (mode === 'auto') return 'quiet'
  return installsOnQuit(kind) ? 'quit' : null
}

/** macOS is slow and restarts the app, which is not wanted on quit. */
export function installsOnQuit(kind: PackageKind): boolean {
  return kind === 'appimage' || kind === 'nsis'
}

function isPrivileged(kind: PackageKind): kind is 'deb' | 'rpm' {
  return kind === 'deb' || kind === 'rpm'
}

function commandFor(files: readonly string[], kind: 'deb' | 'rpm'): string | null {
  // Users paste this into a root shell: accept only plain file names.
  const name = files.find((file) => /^[A-Za-z0-9][\w.+~-]*$/.test(file) && file.endsWith(`.${kind}`))
  if (name === undefined) return null
  return `sudo ${kind === 'deb' ? 'apt' : 'dnf'} install ./${name}`
}
