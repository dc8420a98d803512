import type { ActivitySnapshot } from '../../bridge/activity/activity-log.ts'
import type { BridgeSnapshot } from '../../bridge/bridge.ts'
import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { Settings } from '../../bridge/settings/schema.ts'
import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { SetupView } from '../../shared/ipc/view.ts'

/** How the place for secrets is. */
export type SecretsState =
  /** `isEmptied`: the keychain held something once and does not show it any more. */
  | { readonly kind: 'keychain'; readonly isEmptied: boolean }
  | { readonly kind: 'file' }
  /** There is no keychain, and the user has not agreed to a file: kept for this run only. */
  | { readonly kind: 'memory' }
  /** There is a keychain that cannot be used now: nothing is known of this device until it can. */
  | { readonly kind: 'locked'; readonly message: string }

/** `minimized`: it is there, and nobody sees it. */
export type WindowState = 'closed' | 'minimized' | 'shown'

/** Whose this device is. */
export interface AccountState {
  readonly relayUrl: string
  readonly deviceId: string
  /** Who vouched for the owner: an OpenID issuer; `null` = a pairing code. */
  readonly issuer: string | null
}

/** Everything that is so; the views are made of it. Holds no secret. */
export interface AppState {
  readonly version: string
  readonly platform: NodeJS.Platform
  /** Milliseconds since the epoch. */
  readonly now: number
  /** `null` while the app starts, and while the keychain is locked. */
  readonly bridge: BridgeSnapshot | null
  readonly secrets: SecretsState
  readonly account: AccountState | null
  /** A sign-in under way, or how the last one failed. `null` where there is none. */
  readonly signIn: Extract<SetupView, { readonly kind: 'browser' | 'failed' }> | null
  /** What a link to the app would fill the first-run form with. */
  readonly suggestion: { readonly relayUrl: string; readonly code: string } | null
  readonly keys: readonly KeyRecord[]
  readonly defaultKeyId: string | null
  readonly activity: ActivitySnapshot
  readonly settings: Settings
  readonly locked: readonly string[]
  readonly launchAtLogin: boolean | null
  readonly hasTray: boolean
  readonly window: WindowState
  readonly update: UpdateState
  /** Waits for running requests before it quits. */
  readonly isDraining: boolean
  /** What went wrong in the app itself, such as a settings file that was set aside. */
  readonly notices: readonly { readonly text: string; readonly code: ErrorCode | null }[]
}
