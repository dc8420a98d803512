/**
 * What the window shows: one whole snapshot at a time, in words that the main process chose. No view holds a secret: the
 * text of a key or a token never comes this way.
 */
import type { Theme, TrayStyle, UpdateChannel, UpdateMode } from '../preferences.ts'
import type { Scope } from '../routes.ts'

/** The four tray icons; each has a shape of its own. */
export type IconShape = 'online' | 'connecting' | 'attention' | 'off'

/** What a button in a view does. */
export const ACTION_IDS = [
  'reconnect',
  'pause',
  'resume',
  'signInAgain',
  'retrySecrets',
  'keepSecretsInFile',
  'detectUpstream',
  'checkForUpdates',
  'downloadUpdate',
  'installUpdate',
  'openReleases',
  'openLogs',
] as const

export type ActionId = (typeof ACTION_IDS)[number]

export interface ActionView {
  readonly id: ActionId
  readonly label: string
}

/** Where the tunnel stands. */
export interface ConnectionView {
  readonly kind:
    | 'starting'
    | 'off'
    | 'signedOut'
    | 'connecting'
    | 'online'
    | 'waiting'
    | 'paused'
    | 'blocked'
    | 'keychainLocked'
    | 'draining'
  readonly shape: IconShape
  /** Two or three words: "Online", "Reconnecting". */
  readonly title: string
  /** One sentence: what is so, and what to do where something has to be done. */
  readonly detail: string
  readonly actions: readonly ActionView[]
  /** When the next attempt is due, milliseconds since the epoch. */
  readonly retryAt: number | null
}

/** Something that needs the user's attention besides the connection. */
export interface ProblemView {
  readonly code: string
  readonly severity: 'info' | 'warning' | 'error'
  readonly title: string
  readonly text: string
  readonly action: ActionView | null
}

/** The relay that this device belongs to. */
export interface RelayView {
  readonly url: string
  /** How this device was made the owner's: "Paired" or "Signed in with accounts.example.com". */
  readonly account: string
  readonly rttMs: number | null
  readonly deviceName: string
  readonly deviceId: string
}

export interface UpstreamView {
  readonly kind: 'looking' | 'up' | 'refusing' | 'down'
  /** "Ollama 0.12.3", or what is wrong. */
  readonly title: string
  readonly detail: string
  readonly baseUrl: string | null
  readonly models: readonly string[]
}

export const SNIPPET_IDS = [
  'ollamaCli',
  'powerShell',
  'curl',
  'openaiSdk',
  'openWebUi',
  'continue',
  'cursor',
] as const

export type SnippetId = (typeof SNIPPET_IDS)[number]

/** Lines to paste into a client; the key is a placeholder until it is copied. */
export interface SnippetView {
  readonly id: SnippetId
  readonly label: string
  /** Where it goes: "In a terminal", "In ~/.continue/config.yaml". */
  readonly hint: string
  readonly text: string
}

export interface EndpointView {
  readonly url: string
  readonly snippets: readonly SnippetView[]
}

export interface KeyView {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** `null` = all models. */
  readonly models: readonly string[] | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly isExpired: boolean
  readonly requestsPerMinute: number | null
  readonly maxConcurrent: number | null
  /** The key that the app made by itself, for the snippets. */
  readonly isDefault: boolean
}

/** One request, without its content. */
export interface RequestView {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly method: string
  readonly path: string
  readonly model: string | null
  readonly key: string | null
  readonly startedAt: number
  /** `null` while it runs. */
  readonly durationMs: number | null
  readonly tokens: number | null
  readonly tokensPerS: number | null
  readonly bytesIn: number
  readonly bytesOut: number
  readonly status: number | null
  /** What went wrong, in words. */
  readonly error: string | null
}

/** The settings that the window can change. */
export interface EditableSettings {
  readonly deviceName: string
  /** `null` = look for one. */
  readonly upstream: string | null
  readonly ownerScopes: readonly Scope[]
  readonly maxConcurrent: number
  readonly startMinimized: boolean
  readonly trayStyle: TrayStyle
  readonly updateMode: UpdateMode
  readonly updateChannel: UpdateChannel
  /** Where the system's package manager owns the app: update by asking for the administrator's password. */
  readonly allowPrivilegedUpdates: boolean
  readonly theme: Theme
}

export interface SettingsView {
  readonly values: EditableSettings
  /** Names of settings that an administrator or the environment dictates. */
  readonly locked: readonly string[]
  /** What the system says; `null` where it cannot be said or set. */
  readonly launchAtLogin: boolean | null
  readonly hasTray: boolean
}

export interface UpdateView {
  readonly kind:
    | 'unsupported'
    | 'idle'
    | 'checking'
    | 'available'
    | 'downloading'
    | 'ready'
    | 'installing'
    | 'failed'
  /** One sentence. */
  readonly text: string
  readonly version: string | null
  readonly percent: number | null
  readonly action: ActionView | null
}

/** How far the first run, or a new sign-in, has come. */
export type SetupView =
  | { readonly kind: 'done' }
  /** `suggestion`: what a link to the app would fill the form with. The user reads it, and goes on or not. */
  | {
      readonly kind: 'needed'
      readonly suggestion: { readonly relayUrl: string; readonly code: string } | null
    }
  /** The browser is open and somebody is signing in. */
  | { readonly kind: 'browser'; readonly issuer: string }
  | { readonly kind: 'failed'; readonly message: string }

/** Everything that the window shows. */
export interface AppView {
  readonly version: string
  readonly setup: SetupView
  readonly connection: ConnectionView
  readonly problems: readonly ProblemView[]
  readonly relay: RelayView | null
  readonly upstream: UpstreamView
  readonly endpoint: EndpointView | null
  readonly keys: readonly KeyView[]
  /** Running ones first, then finished ones, newest first. */
  readonly requests: readonly RequestView[]
  readonly settings: SettingsView
  readonly update: UpdateView
}

/** What a relay offers to a desktop that does not know it yet. */
export interface RelayOfferView {
  readonly url: string
  readonly name: string
  readonly pairing: boolean
  /** Host of the identity provider, where one is trusted. */
  readonly issuer: string | null
  /** Whom access tokens are for, where that is not the relay's own URL: the user has to confirm it. */
  readonly audience: string | null
  /** What to think about before going on, such as a URL without TLS. */
  readonly warning: string | null
}

export type ChatView =
  | {
      readonly kind: 'answered'
      readonly model: string
      readonly reply: string
      readonly durationMs: number
      readonly isDemo: boolean
    }
  | { readonly kind: 'failed'; readonly model: string | null; readonly reason: string }

export interface CheckView {
  readonly check: string
  readonly level: 'ok' | 'warn' | 'fail'
  readonly detail: string
  readonly fix: string | null
}

export interface FoundUpstreamView {
  readonly baseUrl: string
  readonly name: string
  readonly models: readonly string[]
}

/** A QR code as rows of modules. Holds the default key: asked for, never part of a snapshot. */
export interface QrView {
  readonly rows: readonly (readonly boolean[])[]
}
