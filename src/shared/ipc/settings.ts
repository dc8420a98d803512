/** The settings of a desktop, each in one row. A setting that people can change also needs its control in the window. */
import { z } from 'zod'
import { LANGUAGE_CHOICES } from '../i18n/language.ts'
import { THEMES, TRAY_STYLES, UPDATE_CHANNELS, UPDATE_MODES } from '../preferences.ts'
import { isPlainPath } from '../plain-path.ts'
import { DEFAULT_SCOPES, SCOPES } from '../routes.ts'

interface SettingRow {
  /** For values from files, the window and the administrator's policy. */
  readonly schema: z.ZodType
  readonly fallback: unknown
  /** Environment variable that locks the setting. */
  readonly env?: string
  /** Parses the variable's text; unchanged by default. */
  readonly fromText?: (text: string) => unknown
  /** Command line option of `start` and `bridge`. */
  readonly option?: string
  /** The window can change it. */
  readonly isEditable?: true
}

const HttpUrl = z.url({ protocol: /^https?$/ })
/** Model server URLs have no user name or query. Invalid in a file, such a value must not prevent the start. */
const UpstreamUrl = HttpUrl.refine(
  (text) => !/[@?#]/.test(text) && isPlainPath(text.slice(text.indexOf('://') + 3)),
  'must be like http://127.0.0.1:11434',
)
const Bounds = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }).readonly()
const toList = (text: string): string[] => text.split(',').map((item) => item.trim())
/** Anything else is left for the schema to refuse. */
const toSwitch = (text: string): unknown =>
  ({ '1': true, true: true, '0': false, false: false })[text] ?? text

export const SETTINGS = {
  /** The relay to connect to; `null` if none is set. */
  relayUrl: {
    schema: HttpUrl.nullable(),
    fallback: null,
    env: 'CLOUDTOLOCALLLM_RELAY',
    option: '--relay <url>',
  },
  /** This machine's name, as shown to its owner; the host name by default, if it has one. */
  deviceName: {
    schema: z.string().trim().min(1).max(100),
    fallback: 'desktop',
    env: 'CLOUDTOLOCALLLM_NAME',
    option: '--name <name>',
    isEditable: true,
  },
  /** The model server; `null` means automatic detection. */
  upstream: {
    schema: UpstreamUrl.nullable(),
    fallback: null,
    env: 'CLOUDTOLOCALLLM_UPSTREAM',
    option: '--upstream <url>',
    isEditable: true,
  },
  /** The signed-in owner's permissions without a key. */
  ownerScopes: {
    schema: z.array(z.enum(SCOPES)).readonly(),
    fallback: DEFAULT_SCOPES,
    env: 'CLOUDTOLOCALLLM_OWNER_SCOPES',
    fromText: toList,
    isEditable: true,
  },
  /** Maximum concurrent requests. */
  maxConcurrent: {
    schema: z.int().min(1).max(10_000),
    fallback: 256,
    env: 'CLOUDTOLOCALLLM_MAX_CONCURRENT',
    fromText: Number,
    isEditable: true,
  },
  /** Maximum size of a kept answer, in MiB. */
  keptAnswerMib: {
    schema: z.int().min(1).max(1024),
    fallback: 8,
    env: 'CLOUDTOLOCALLLM_KEPT_ANSWER_MIB',
    fromText: Number,
  },
  /** Memory for all kept answers, in MiB; 0 disables them. */
  keptTotalMib: {
    schema: z.int().min(0).max(65_536),
    fallback: 64,
    env: 'CLOUDTOLOCALLLM_KEPT_TOTAL_MIB',
    fromText: Number,
  },
  /** How long an answer is kept after its end. */
  keptMinutes: {
    schema: z.int().min(1).max(1440),
    fallback: 10,
    env: 'CLOUDTOLOCALLLM_KEPT_MINUTES',
    fromText: Number,
  },
  /** Whether counts of requests are kept for 90 days. */
  keepUsage: {
    schema: z.boolean(),
    fallback: true,
    env: 'CLOUDTOLOCALLLM_KEEP_USAGE',
    fromText: toSwitch,
    isEditable: true,
  },
  /** Requests of jobs for a model at once. */
  jobsConcurrency: {
    schema: z.int().min(1).max(64),
    fallback: 1,
    env: 'JOBS_CONCURRENCY',
    fromText: Number,
  },
  /** Jobs run while fewer requests of clients do. */
  jobsIdleBelow: { schema: z.int().min(1).max(1_000), fallback: 1, env: 'JOBS_IDLE_BELOW', fromText: Number },
  /** Attempts after the first one, for failures that can pass. */
  jobsMaxRetries: { schema: z.int().min(0).max(20), fallback: 3, env: 'MAX_RETRIES', fromText: Number },
  /** The pause before the second attempt. It doubles with each one. */
  jobsBaseRetryDelaySeconds: {
    schema: z.int().min(1).max(3_600),
    fallback: 60,
    env: 'BASE_RETRY_DELAY',
    fromText: Number,
  },
  /** How long an unfinished job may take, and a finished one is kept. */
  jobsKeepDays: {
    schema: z.int().min(1).max(365),
    fallback: 30,
    env: 'CLOUDTOLOCALLLM_JOBS_KEEP_DAYS',
    fromText: Number,
  },
  /** Unfinished jobs of one key. */
  jobsMaxWaitingPerKey: {
    schema: z.int().min(1).max(10_000),
    fallback: 1_000,
    env: 'CLOUDTOLOCALLLM_JOBS_MAX_WAITING_PER_KEY',
    fromText: Number,
  },
  /** Requests and answers that are kept of one key, in MiB. */
  jobsMaxMib: {
    schema: z.int().min(1).max(1_048_576),
    fallback: 1_024,
    env: 'CLOUDTOLOCALLLM_JOBS_MAX_MIB',
    fromText: Number,
  },
  /** Whether all jobs wait. */
  jobsPaused: { schema: z.boolean(), fallback: false, isEditable: true },
  jobsOnlyAtNight: { schema: z.boolean(), fallback: false, isEditable: true },
  /** The night of `jobsOnlyAtNight`, in local hours: from the first to before the second. */
  jobsNightFrom: { schema: z.int().min(0).max(23), fallback: 22, isEditable: true },
  jobsNightTo: { schema: z.int().min(0).max(23), fallback: 7, isEditable: true },
  /** Whether jobs run while the machine is on battery. */
  jobsOnBattery: { schema: z.boolean(), fallback: false, isEditable: true },
  /** Whether the app starts without a window. */
  startMinimized: { schema: z.boolean(), fallback: false, isEditable: true },
  trayStyle: { schema: z.enum(TRAY_STYLES), fallback: 'auto', isEditable: true },
  theme: { schema: z.enum(THEMES), fallback: 'system', isEditable: true },
  language: { schema: z.enum(LANGUAGE_CHOICES), fallback: 'system', isEditable: true },
  /** Notifications: a key was used for the first time. */
  notifyNewClient: { schema: z.boolean(), fallback: true, isEditable: true },
  /** Notifications: the relay could not be reached for five minutes. */
  notifyRelayDown: { schema: z.boolean(), fallback: true, isEditable: true },
  notifyUpdate: { schema: z.boolean(), fallback: true, isEditable: true },
  updateMode: {
    schema: z.enum(UPDATE_MODES),
    fallback: 'auto',
    env: 'CLOUDTOLOCALLLM_UPDATES',
    isEditable: true,
  },
  updateChannel: { schema: z.enum(UPDATE_CHANNELS), fallback: 'latest', isEditable: true },
  /** For apps owned by the system's package manager: update by asking for the administrator's password. */
  allowPrivilegedUpdates: { schema: z.boolean(), fallback: false, isEditable: true },
  /** Whether the user allows secrets in a private file if there is no keychain. */
  allowSecretsFile: { schema: z.boolean(), fallback: false },
  /** Codes of the warnings that the user has hidden. */
  dismissedProblems: { schema: z.array(z.string().max(100)).max(100).readonly(), fallback: [] },
  /** The window's last bounds in screen units; `null` if it was never moved. */
  windowBounds: { schema: Bounds.nullable(), fallback: null },
} as const satisfies Record<string, SettingRow>

type Rows = typeof SETTINGS

export type SettingName = keyof Rows
export type Settings = { readonly [Name in SettingName]: z.output<Rows[Name]['schema']> }

type EditableName = {
  [Name in SettingName]: Rows[Name] extends { readonly isEditable: true } ? Name : never
}[SettingName]

/** The settings that the window can change. */
export type EditableSettings = Pick<Settings, EditableName>

export function settingRows(): [SettingName, SettingRow][] {
  return Object.entries(SETTINGS) as [SettingName, SettingRow][]
}

const EDITABLE = settingRows().flatMap(([name, { isEditable }]) => (isEditable ? [name as EditableName] : []))

export function editableOf(settings: Settings): EditableSettings {
  return Object.fromEntries(EDITABLE.map((name) => [name, settings[name]])) as EditableSettings
}

/**
 * A change by the window: known names only. The settings store validates the values, and reports what is wrong with
 * them.
 */
export const SettingsChange = z
  .strictObject(Object.fromEntries(EDITABLE.map((name) => [name, z.unknown()])))
  .partial() as unknown as z.ZodType<Partial<EditableSettings>>
