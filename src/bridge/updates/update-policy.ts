import type { Random } from '../../shared/clock.ts'
import type { UpdateChannel, UpdateMode } from '../../shared/preferences.ts'

/** How this copy came onto the machine: decides who may replace it, and how. `none` = nothing here can. */
export type PackageKind = 'appimage' | 'deb' | 'rpm' | 'nsis' | 'mac' | 'none'

export interface UpdateSettings {
  readonly mode: UpdateMode
  readonly channel: UpdateChannel
  /** deb and rpm: the user agreed to be asked for the administrator's password. */
  readonly allowPrivileged: boolean
}

/** A newer version that is meant for this machine. */
export interface FoundUpdate {
  readonly version: string
  /** Its packages, by file name. Comes from the network: not to be trusted with anything. */
  readonly files: readonly string[]
}

/** Who fetches a new version: this app, or the user and their package manager. */
export type Offer =
  | { readonly how: 'download' }
  /** The command is for the downloaded package; `null` where the release names none that fits. */
  | { readonly how: 'packageManager'; readonly command: string | null }

/**
 * What a downloaded update waits for: running requests (the user asked for it), a quiet moment or the next quit
 * (whichever comes first), the next quit, or only the user (`null`).
 */
export type WaitingFor = 'streams' | 'quiet' | 'quit' | null

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Since the last request, before an update is put in without being asked. */
export const QUIET_MS = 10 * MINUTE_MS
/** For an answer of the feed. */
export const CHECK_DEADLINE_MS = MINUTE_MS
/** Without a byte of a download. */
export const STALL_MS = 2 * MINUTE_MS

/** How long to wait for the next check. Spread, so that a release is not asked for by everybody at once. */
export function nextCheckDelayMs(after: 'start' | 'check' | 'failure', random: Random): number {
  switch (after) {
    // Starting and waking up are busy enough, and the network may not be there yet.
    case 'start':
      return 30_000 + random() * 30_000
    case 'check':
      return 6 * HOUR_MS * (0.9 + random() * 0.2)
    case 'failure':
      return 30 * MINUTE_MS * (0.9 + random() * 0.2)
  }
}

/** What a packaged app can know of itself. */
export interface PackageFacts {
  readonly platform: NodeJS.Platform
  readonly isPackaged: boolean
  /** The environment's APPIMAGE. */
  readonly appImage: string | undefined
  /** What electron-builder wrote into `resources/package-type`; `null` where there is no such file. */
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

/** What an update waits for that has just been downloaded. */
export function waitingForAfterDownload(kind: PackageKind, mode: UpdateMode): WaitingFor {
  // A password dialog that nobody asked for looks like an attack, and at quit nobody answers it.
  if (isPrivileged(kind)) return null
  if (mode === 'auto') return 'quiet'
  return installsOnQuit(kind) ? 'quit' : null
}

/** macOS takes its time and starts the app again: not what somebody wants who quits. */
export function installsOnQuit(kind: PackageKind): boolean {
  return kind === 'appimage' || kind === 'nsis'
}

function isPrivileged(kind: PackageKind): kind is 'deb' | 'rpm' {
  return kind === 'deb' || kind === 'rpm'
}

function commandFor(files: readonly string[], kind: 'deb' | 'rpm'): string | null {
  // People paste this into a root shell: only names that are nothing but a name.
  const name = files.find((file) => /^[A-Za-z0-9][\w.+~-]*$/.test(file) && file.endsWith(`.${kind}`))
  if (name === undefined) return null
  return `sudo ${kind === 'deb' ? 'apt' : 'dnf'} install ./${name}`
}
