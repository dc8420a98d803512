/**
 * The window's contents: one whole snapshot at a time, with texts chosen by the main process. No view contains a secret
 * such as the text of a key or a token.
 */
import type { Locale } from '../i18n/language.ts'
import type { Scope } from '../routes.ts'
import type { UsageSummary } from '../usage.ts'
import type { RelayView } from './relay-view.ts'
import type { EditableSettings } from './settings.ts'

/** The four tray icons, which differ in shape. */
export type IconShape = 'online' | 'connecting' | 'attention' | 'off'

/** The action of a button in a view. */
export const ACTION_IDS = [
  'reconnect',
  'pause',
  'resume',
  'signInAgain',
  'retrySecrets',
  'keepSecretsInFile',
  'detectUpstream',
  'getOllama',
  'startUpstream',
  'cancelPull',
  'renewDefaultKey',
  'checkForUpdates',
  'downloadUpdate',
  'installUpdate',
  'openReleases',
  'openLogs',
  'allowNetwork',
] as const

export type ActionId = (typeof ACTION_IDS)[number]

export interface ActionView {
  readonly id: ActionId
  readonly label: string
}

/** The tunnel's state. */
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
  /** Two or three words: "Online", "Reconnecting"; "Online" only if requests are answered. */
  readonly title: string
  /** One sentence: the state and, if needed, what to do. */
  readonly detail: string
  readonly actions: readonly ActionView[]
  /** Time of the next attempt, milliseconds since the epoch. */
  readonly retryAt: number | null
}

/** A problem besides the connection that needs the user's attention. */
export interface ProblemView {
  readonly code: string
  readonly severity: 'info' | 'warning'
  readonly title: string
  readonly text: string
  readonly action: ActionView | null
  /** The user may hide it permanently. */
  readonly isDismissible: boolean
}

export interface UpstreamView {
  readonly kind: 'looking' | 'up' | 'refusing' | 'down'
  /** "Ollama 0.12.3", or the problem. */
  readonly title: string
  readonly detail: string
  readonly baseUrl: string | null
  readonly models: readonly string[]
  /** To get it running. */
  readonly actions: readonly ActionView[]
  /** It can download models: Ollama. */
  readonly canPull: boolean
}

/** The download of a model, which continues without a window. */
export interface PullView {
  readonly kind: 'running' | 'failed' | 'done'
  readonly model: string
  readonly text: string
  /** `null` while the size is unknown. */
  readonly percent: number | null
}

/** Requests of one hour. */
export interface HourView {
  readonly requests: number
  readonly tokens: number
}

/** Current use, and that of the last 24 hours. */
export interface ActivityView {
  /** Sum over all running requests; `null` = none produces tokens. */
  readonly tokensPerS: number | null
  /** `key`: `null` for the owner. One entry for each pair. */
  readonly users: readonly { readonly key: string | null; readonly model: string; readonly count: number }[]
  /** The current hour last. */
  readonly hours: readonly HourView[]
}

export const SNIPPET_IDS = [
  'ollamaCli',
  'powerShell',
  'curl',
  'openaiSdk',
  'openWebUi',
  'continue',
  'cursor',
  'cline',
  'zed',
  'homeAssistant',
  'n8n',
  'claudeCode',
  'codex',
] as const

export type SnippetId = (typeof SNIPPET_IDS)[number]

/** A client snippet; the key is a placeholder until it is copied. */
export interface SnippetView {
  readonly id: SnippetId
  readonly label: string
  /** Where to use it: "In a terminal", "In ~/.continue/config.yaml". */
  readonly hint: string
  readonly text: string
  /** `tested`: by this project's own tests. Others follow the client's documentation. */
  readonly evidence: 'tested' | 'documented'
}

export interface EndpointView {
  readonly url: string
  /** On a loopback address: only this computer can use it. */
  readonly isLocal: boolean
  /** `revoked`: nothing can be copied until the user creates a new one. */
  readonly defaultKey: 'ready' | 'revoked'
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
  /** The default key, used in the snippets. */
  readonly isDefault: boolean
  /** It belongs to another relay, where clients use it no longer. */
  readonly isForeign: boolean
  /** `null` = never, as far as is known. */
  readonly lastUsedAt: number | null
  readonly requests: number
  readonly tokens: number
}

/** A key that was just created: the only view that contains a secret. */
export interface NewKeyView {
  readonly id: string
  readonly name: string
  readonly key: string
  /** Opens the chat page with the key; `null` while the relay's URL is unknown. */
  readonly link: string | null
  /** `null` also if other devices cannot reach the relay. */
  readonly qr: QrView | null
  readonly snippets: readonly SnippetView[]
}

/** One of the owner's devices. */
export interface OwnDeviceView {
  readonly id: string
  readonly name: string
  readonly state: 'connected' | 'absent' | 'revoked'
  readonly isThisOne: boolean
  /** Milliseconds since the epoch. */
  readonly lastSeenAt: number
  /** `null` = unknown, because it is absent. */
  readonly models: readonly string[] | null
}

/** One request, without its content. */
export interface RequestView {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly method: string
  readonly path: string
  /** "Chat", "Embeddings"; the path where there is no name for it. */
  readonly name: string
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
  /** The error as text. */
  readonly error: string | null
  /** How much longer the answer is kept for its client: "kept, 2 min left". */
  readonly kept: string | null
}

export interface SettingsView {
  readonly values: EditableSettings
  /** Names of the settings that are locked by an administrator or the environment. */
  readonly locked: readonly string[]
  /** The system's state; `null` if it cannot be read or set. */
  readonly launchAtLogin: boolean | null
  readonly hasTray: boolean
  /** An API key of the model server is stored. */
  readonly hasUpstreamKey: boolean
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

/** Progress of setup or a new sign-in. */
export type SetupView =
  | { readonly kind: 'done' }
  /** `suggestion`: form values from a link to the app, which the user has to confirm. */
  | {
      readonly kind: 'needed'
      readonly suggestion: { readonly relayUrl: string; readonly code: string } | null
      /** A new sign-in of a device that has one already. */
      readonly canCancel: boolean
    }
  /** The browser is open and waiting for the sign-in. */
  | { readonly kind: 'browser'; readonly issuer: string }
  | { readonly kind: 'failed'; readonly message: string }

/** The whole contents of the window. */
export interface AppView {
  readonly version: string
  readonly locale: Locale
  readonly setup: SetupView
  readonly connection: ConnectionView
  readonly problems: readonly ProblemView[]
  readonly relay: RelayView | null
  readonly upstream: UpstreamView
  readonly pull: PullView | null
  readonly activity: ActivityView
  readonly endpoint: EndpointView | null
  readonly keys: readonly KeyView[]
  /** Running requests first, then finished ones, newest first. */
  readonly requests: readonly RequestView[]
  readonly settings: SettingsView
  readonly update: UpdateView
}

export type TestChatResult =
  | {
      readonly kind: 'answered'
      readonly model: string
      readonly reply: string
      readonly durationMs: number
      readonly isDemo: boolean
    }
  /** `details`: the technical reason, if there is one besides. */
  | {
      readonly kind: 'failed'
      readonly model: string | null
      readonly reason: string
      readonly details: string | null
    }

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

/** A QR code as rows of modules. Contains the default key, so it is sent on request and never in a snapshot. */
export interface QrView {
  readonly rows: readonly (readonly boolean[])[]
}

/** Requests to models over some days. */
export interface UsageView extends UsageSummary {
  /** Whether this runtime can keep a history. */
  readonly isAvailable: boolean
}
