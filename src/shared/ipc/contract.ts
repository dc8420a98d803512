/**
 * The contract between window and main process. Requests are schemas, because the window is not trusted; results and
 * events are types, because the main process is.
 */
import { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import { SCOPES } from '../routes.ts'
import { SettingsChange } from './settings.ts'
import type { JobsView } from './jobs-view.ts'
import {
  ACTION_IDS,
  SNIPPET_IDS,
  type AppView,
  type TestChatResult,
  type CheckView,
  type OwnDeviceView,
  type FoundUpstreamView,
  type NewKeyView,
  type UsageView,
} from './view.ts'
import { RELAY_REACHES, type BuiltInRelayStart, type RelayOfferView } from './relay-view.ts'

const nothing = z.undefined()
const url = z.string().trim().min(1).max(2_000)
const scopes = z.array(z.enum(SCOPES)).max(SCOPES.length).readonly()

const keyFields = {
  name: z.string().max(1_000),
  scopes,
  /** `null` = all. */
  models: z.array(z.string().max(1_000)).max(1_000).readonly().nullable(),
  requestsPerMinute: z.int().nullable(),
  maxConcurrent: z.int().nullable(),
}
/** `null` = never. */
const expiresInDays = z.int().min(1).max(3_650).nullable()
const id = z.string().max(100)

export const requests = {
  'view.get': nothing,
  /** Performs the action of a button in a view. */
  'action.run': z.enum(ACTION_IDS),

  // First run
  'relay.look': z.strictObject({ url }),
  'relay.pair': z.strictObject({ url, code: z.string().trim().min(1).max(64) }),
  /** Starts the built-in relay, or changes its reach, and pairs this device with it. */
  'builtInRelay.start': z.strictObject({ reach: z.enum(RELAY_REACHES) }),
  /** Opens the browser. Resolves when the sign-in completed, failed or was cancelled. */
  'signIn.start': z.strictObject({
    url,
    /** The audience as displayed; `null` means the relay's own URL. */
    audience: z.string().min(1).max(512).nullable(),
  }),
  'signIn.cancel': nothing,
  signOut: nothing,
  /** Leaves a new sign-in; the previous one stays. */
  'setup.cancel': nothing,
  'chat.try': nothing,

  // Endpoint
  /** Copies a snippet with the default key filled in. */
  'endpoint.copy': z.enum(['url', 'key', 'keyUrl', 'chatLink', ...SNIPPET_IDS]),

  // Keys
  /** The only response that contains a key's text. */
  'keys.create': z.strictObject({ ...keyFields, expiresInDays }),
  /** `expiresInDays`: from now; absent = unchanged. */
  'keys.update': z.strictObject({ id, ...keyFields, expiresInDays: expiresInDays.optional() }),
  'keys.revoke': z.strictObject({ id }),
  'text.copy': z.strictObject({ text: z.string().max(20_000) }),

  // Jobs
  'jobs.list': nothing,
  'jobs.cancel': z.strictObject({ id }),
  'jobs.retry': z.strictObject({ id }),
  'jobs.remove': z.strictObject({ id }),
  /** Saves the result as a file. */
  'jobs.save': z.strictObject({ id }),

  // Usage history
  'usage.get': z.strictObject({ days: z.int().min(1).max(90) }),
  'usage.export': nothing,
  'usage.clear': nothing,

  // Status
  'problem.dismiss': z.strictObject({ code: z.string().max(100) }),
  /** Starts the download of a model; its progress is in the snapshots. */
  'model.pull': z.strictObject({ model: z.string().trim().min(1).max(300) }),

  // Devices
  'devices.list': nothing,
  'devices.revoke': z.strictObject({ id }),

  // Settings
  'settings.patch': SettingsChange,
  'settings.setLaunchAtLogin': z.strictObject({ on: z.boolean() }),
  'settings.export': nothing,
  'settings.import': nothing,
  'upstream.detect': nothing,
  /** `null` clears it. */
  'upstream.setKey': z.strictObject({ key: z.string().max(4_000).nullable() }),

  // Diagnostics
  'doctor.run': nothing,
  'report.export': nothing,
  'link.open': z.enum(['documents', 'relay', 'releases', 'license']),
} as const satisfies Readonly<Record<string, z.ZodType>>

/** Responses by request; requests not listed here have none. */
interface Results {
  readonly 'view.get': AppView
  readonly 'relay.look': RelayOfferView
  readonly 'builtInRelay.start': BuiltInRelayStart
  readonly 'chat.try': TestChatResult
  readonly 'keys.create': NewKeyView
  readonly 'devices.list': readonly OwnDeviceView[]
  readonly 'jobs.list': JobsView
  readonly 'jobs.save': SavedFile
  readonly 'usage.get': UsageView
  readonly 'usage.export': SavedFile
  readonly 'settings.export': SavedFile
  readonly 'settings.import': SavedFile
  readonly 'upstream.detect': readonly FoundUpstreamView[]
  readonly 'doctor.run': readonly CheckView[]
  readonly 'report.export': SavedFile
}

/** `null` if the user cancelled. */
interface SavedFile {
  readonly path: string | null
}

/** Events sent by the main process. */
export interface Events {
  readonly 'view.changed': AppView
  /** Sent when the tray or the menu requests a page. */
  readonly 'page.show': PageId
}

/** In the order of the tabs. */
export const PAGE_IDS = [
  'status',
  'connect',
  'keys',
  'requests',
  'jobs',
  'devices',
  'settings',
  'diagnostics',
] as const

export type PageId = (typeof PAGE_IDS)[number]

export type RequestName = keyof typeof requests
export type PayloadOf<Name extends RequestName> = z.output<(typeof requests)[Name]>
export type ResultOf<Name extends RequestName> = Name extends keyof Results ? Results[Name] : void

/** The main process's reply. Errors are values; it never throws across IPC. */
export type Answer<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: { readonly code: ErrorCode; readonly message: string } }

/** One handler per request: the complete list of the window's capabilities. */
export type HandlersFor = {
  readonly [Name in RequestName]: (payload: PayloadOf<Name>) => Promise<ResultOf<Name>> | ResultOf<Name>
}

/** The API that the preload script exposes as `window.app`. */
export interface AppApi {
  request<Name extends RequestName>(
    name: Name,
    ...payload: PayloadOf<Name> extends undefined ? [] : [payload: PayloadOf<Name>]
  ): Promise<Answer<ResultOf<Name>>>
  /** @returns removes the listener */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void
}
