import { hostname } from 'node:os'

import { z } from 'zod'

import { AppError } from '../../shared/errors.ts'
import { THEMES, TRAY_STYLES, UPDATE_CHANNELS, UPDATE_MODES } from '../../shared/preferences.ts'
import { DEFAULT_SCOPES, SCOPES } from '../../shared/routes.ts'

const HttpUrl = z.url({ protocol: /^https?$/ })

/**
 * Model server URLs have no user name or query. Invalid in a file, such a value must not prevent the start.
 */
const UpstreamUrl = HttpUrl.refine((text) => !/[@?#]/.test(text), 'must be like http://127.0.0.1:11434')

const FIELDS = {
  /** The relay to connect to; `null` if none is set. */
  relayUrl: HttpUrl.nullable(),
  /** This machine's name, as shown to its owner. */
  deviceName: z.string().trim().min(1).max(100),
  /** The model server; `null` means automatic detection. */
  upstream: UpstreamUrl.nullable(),
  /** The signed-in owner's permissions without a key. */
  ownerScopes: z.array(z.enum(SCOPES)).readonly(),
  /** Maximum concurrent requests. */
  maxConcurrent: z.int().min(1).max(10_000),
  /** The longest answer that waits for its client, in MiB. */
  keptAnswerMib: z.int().min(1).max(1024),
  /** All answers that wait, in MiB; 0 = none. */
  keptTotalMib: z.int().min(0).max(65_536),
  /** How long an answer waits after its end. */
  keptMinutes: z.int().min(1).max(1440),
  /** Whether the app starts without a window. */
  startMinimized: z.boolean(),
  trayStyle: z.enum(TRAY_STYLES),
  theme: z.enum(THEMES),
  updateMode: z.enum(UPDATE_MODES),
  updateChannel: z.enum(UPDATE_CHANNELS),
  /** For apps owned by the system's package manager: update by asking for the administrator's password. */
  allowPrivilegedUpdates: z.boolean(),
  /** Whether the user allows secrets in a private file if there is no keychain. */
  allowSecretsFile: z.boolean(),
  /** The window's last bounds in screen units; `null` if it was never moved. */
  windowBounds: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }).readonly().nullable(),
} as const

/** Strict, for values that a user can correct. */
const PatchSchema = z.strictObject(FIELDS).partial()

/** A partial update of the settings. */
export type SettingsPatch = Readonly<z.infer<typeof PatchSchema>>

/** Lenient: an invalid field falls back to its default, the rest stays. */
const SettingsSchema = z.object({
  relayUrl: FIELDS.relayUrl.catch(null),
  deviceName: FIELDS.deviceName.catch(() => hostname() || 'desktop'),
  upstream: FIELDS.upstream.catch(null),
  ownerScopes: FIELDS.ownerScopes.catch([...DEFAULT_SCOPES]),
  maxConcurrent: FIELDS.maxConcurrent.catch(256),
  keptAnswerMib: FIELDS.keptAnswerMib.catch(8),
  keptTotalMib: FIELDS.keptTotalMib.catch(64),
  keptMinutes: FIELDS.keptMinutes.catch(10),
  startMinimized: FIELDS.startMinimized.catch(false),
  trayStyle: FIELDS.trayStyle.catch('auto'),
  theme: FIELDS.theme.catch('system'),
  updateMode: FIELDS.updateMode.catch('auto'),
  updateChannel: FIELDS.updateChannel.catch('latest'),
  allowPrivilegedUpdates: FIELDS.allowPrivilegedUpdates.catch(false),
  allowSecretsFile: FIELDS.allowSecretsFile.catch(false),
  windowBounds: FIELDS.windowBounds.catch(null),
})

export type Settings = Readonly<z.infer<typeof SettingsSchema>>
export type SettingName = keyof Settings

/** Settings from a file's content, with defaults for anything missing or invalid. */
export function toSettings(stored: object): Settings {
  return SettingsSchema.parse(stored)
}

/**
 * @param source origin of the values, for the message
 * @throws AppError CONFIG_INVALID naming each invalid value
 */
export function parsePatch(value: unknown, source: string): SettingsPatch {
  return parseWith(PatchSchema, value, source)
}

/** Like `parsePatch`, but ignores unknown names: a policy may also serve newer versions. */
export function parsePolicy(value: unknown, source: string): SettingsPatch {
  return parseWith(z.object(FIELDS).partial(), value, source)
}

function parseWith<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
  const app = `A setting has a value that cannot be used: ${problems.join('; ')}.`
  throw new AppError('CONFIG_INVALID', { cli: `${source}: ${problems.join('; ')}`, app })
}
