import type { ActivitySnapshot } from '../../bridge/activity/activity-log.ts'
import type { BridgeSnapshot } from '../../bridge/bridge.ts'
import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { Settings } from '../../bridge/settings/schema.ts'
import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { SetupView } from '../../shared/ipc/view.ts'

/** State of the secrets storage. */
export type SecretsState =
  /** `isEmptied`: the keychain no longer contains entries that were stored in it. */
  | { readonly kind: 'keychain'; readonly isEmptied: boolean }
  | { readonly kind: 'file' }
  /** No keychain, and the user has not allowed a file: kept in memory only. */
  | { readonly kind: 'memory' }
  /** A keychain exists but is unavailable, so this device's identity is unknown. */
  | { readonly kind: 'locked'; readonly message: string }

/** `minimized`: open but not visible. */
export type WindowState = 'closed' | 'minimized' | 'shown'

/** This device's registration. */
export interface AccountState {
  readonly relayUrl: string
  readonly deviceId: string
  /** The OpenID issuer that authenticated the owner; `null` for pairing. */
  readonly issuer: string | null
}

/** The app's state, from which all views are derived. Contains no secrets. */
export interface AppState {
  readonly version: string
  readonly platform: NodeJS.Platform
  /** Milliseconds since the epoch. */
  readonly now: number
  /** `null` while the app starts, and while the keychain is locked. */
  readonly bridge: BridgeSnapshot | null
  readonly secrets: SecretsState
  readonly account: AccountState | null
  /** A sign-in in progress, or the error of the last one. `null` if there is none. */
  readonly signIn: Extract<SetupView, { readonly kind: 'browser' | 'failed' }> | null
  /** Form values from a link to the app. */
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
  /** Waiting for running requests before quitting. */
  readonly isDraining: boolean
  /** Problems of the app itself, such as a settings file that was set aside. */
  readonly notices: readonly { readonly text: string; readonly code: ErrorCode | null }[]
}
