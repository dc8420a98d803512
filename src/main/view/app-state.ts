import type { HourTally } from '../../bridge/activity/day-tally.ts'
import type { Locale } from '../../shared/i18n/language.ts'
import type { ActivitySnapshot } from '../../bridge/activity/activity-log.ts'
import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { Job } from '../../shared/jobs.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { SetupView } from '../../shared/ipc/view.ts'
import type { BuiltInRelayFailure, RelayReach } from '../../shared/ipc/relay-view.ts'
import type { KeyedText } from '../../shared/words.ts'
import type { BridgeSnapshot } from '../../bridge/bridge-snapshot.ts'

/** State of the storage for secrets. */
export type SecretsState =
  /** `isEmptied`: the keychain has lost an entry that was stored in it. */
  | { readonly kind: 'keychain'; readonly isEmptied: boolean }
  | { readonly kind: 'file' }
  /** There is no keychain, and the user has not agreed to a file: secrets last for this run only. */
  | { readonly kind: 'memory' }
  /** The keychain cannot be used now, so the device's identity is unknown. */
  | { readonly kind: 'locked'; readonly message: KeyedText }

/** `minimized`: open, but not visible. */
export type Visibility = 'closed' | 'minimized' | 'shown'

/** The account that this device belongs to. */
export interface AccountState {
  readonly relayUrl: string
  readonly deviceId: string
  /** OpenID issuer that the user signed in with; `null` = paired with a code. */
  readonly issuer: string | null
}

export interface BuiltInRelayState {
  /** Its reach at the moment. */
  readonly reach: RelayReach
  readonly port: number
  /** Why it is for this computer only, although the user has opened it to the network. */
  readonly closed: 'noNetwork' | 'untrusted' | null
  /** It does not listen yet. */
  readonly isStarting: boolean
  /** Why it does not run now; it is tried again automatically. */
  readonly failure: BuiltInRelayFailure | null
}

/** The state of the app, from which the views are derived. Contains no secrets. */
export interface AppState {
  readonly version: string
  /** Language of all that is shown. */
  readonly locale: Locale
  readonly platform: NodeJS.Platform
  /** Milliseconds since the epoch. */
  readonly now: number
  /** `null` while the app starts, and while the keychain is locked. */
  readonly bridge: BridgeSnapshot | null
  readonly secrets: SecretsState
  readonly account: AccountState | null
  /** The built-in relay; `null` while this device uses another relay or none. */
  readonly builtInRelay: BuiltInRelayState | null
  /** The user signs in again; the previous sign-in stays until the new one. */
  readonly isSigningInAgain: boolean
  /** A sign-in in progress, or the failure of the last one; `null` if there is neither. */
  readonly signIn:
    | Extract<SetupView, { readonly kind: 'browser' }>
    | { readonly kind: 'failed'; readonly message: KeyedText }
    | null
  /** Values from a link, to fill in the first-run form. */
  readonly suggestion: { readonly relayUrl: string; readonly code: string } | null
  readonly keys: readonly KeyRecord[]
  readonly defaultKeyId: string | null
  /** The user has revoked it and created no other. */
  readonly isDefaultKeyRevoked: boolean
  /** The owner's routing id at the relay; `null` without an account. */
  readonly address: string | null
  readonly activity: ActivitySnapshot
  /** Each of the last 24 hours, the current one last. */
  readonly hours: readonly HourTally[]
  /** The download that was started here last. */
  readonly pull: Job | null
  /** Ollama is installed, so that the app can start it. */
  readonly canStartOllama: boolean
  readonly hasUpstreamKey: boolean
  /** Since when a device that should be online is not; `null` otherwise. */
  readonly offlineSince: number | null
  readonly settings: Settings
  readonly locked: readonly string[]
  readonly launchAtLogin: boolean | null
  readonly hasTray: boolean
  readonly window: Visibility
  readonly update: UpdateState
  /** Waits for running requests before quitting. */
  readonly isDraining: boolean
  /** Problems of the app itself, such as a settings file that was moved aside. */
  readonly notices: readonly { readonly text: KeyedText; readonly code: ErrorCode | null }[]
}
