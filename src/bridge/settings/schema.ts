import { hostname } from 'node:os'

import { z } from 'zod'

import { AppError } from '../../shared/errors.ts'
import { THEMES, TRAY_STYLES, UPDATE_CHANNELS, UPDATE_MODES } from '../../shared/preferences.ts'
import { DEFAULT_SCOPES, SCOPES } from '../../shared/routes.ts'

const HttpUrl = z.url({ protocol: /^https?$/ })

/** With a user name or a query it is no model server's: a file that holds one must not keep the bridge from starting. */
const UpstreamUrl = HttpUrl.refine((text) => !/[@?#]/.test(text), 'must be like http://127.0.0.1:11434')

const FIELDS = {
  /** The relay that the bridge connects to; `null` = none yet. */
  relayUrl: HttpUrl.nullable(),
  /** What the owner sees this machine called. */
  deviceName: z.string().trim().min(1).max(100),
  /** The model server; `null` = look for one. */
  upstream: UpstreamUrl.nullable(),
  /** What the signed-in owner may do without a key. */
  ownerScopes: z.array(z.enum(SCOPES)).readonly(),
  /** Requests that the bridge forwards at once. */
  maxConcurrent: z.int().min(1).max(10_000),
  /** The app shows no window when it is started. */
  startMinimized: z.boolean(),
  trayStyle: z.enum(TRAY_STYLES),
  theme: z.enum(THEMES),
  updateMode: z.enum(UPDATE_MODES),
  updateChannel: z.enum(UPDATE_CHANNELS),
  /** Where the system's package manager owns the app: update by asking for the administrator's password. */
  allowPrivilegedUpdates: z.boolean(),
  /** The user agrees to keep secrets in a private file where there is no keychain. */
  allowSecretsFile: z.boolean(),
  /** Where the window was, in the units of the screen; `null` = never moved. */
  windowBounds: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }).readonly().nullable(),
} as const

/** Strict: for values that somebody is there to correct. */
const PatchSchema = z.strictObject(FIELDS).partial()

/** A change of some settings. */
export type SettingsPatch = Readonly<z.infer<typeof PatchSchema>>

/** Forgiving: a field that cannot be used falls back to its default, the rest stays. */
const SettingsSchema = z.object({
  relayUrl: FIELDS.relayUrl.catch(null),
  deviceName: FIELDS.deviceName.catch(() => hostname() || 'desktop'),
  upstream: FIELDS.upstream.catch(null),
  ownerScopes: FIELDS.ownerScopes.catch([...DEFAULT_SCOPES]),
  maxConcurrent: FIELDS.maxConcurrent.catch(256),
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

/** Settings from whatever a file holds; defaults where it holds nothing that can be used. */
export function toSettings(stored: object): Settings {
  return SettingsSchema.parse(stored)
}

/**
 * @param source who gave the values, for the message.
 * @throws AppError CONFIG_INVALID naming each value that cannot be used.
 */
export function parsePatch(value: unknown, source: string): SettingsPatch {
  return parseWith(PatchSchema, value, source)
}

/** As `parsePatch`, but passes over names that it does not know: a policy may serve newer versions too. */
export function parsePolicy(value: unknown, source: string): SettingsPatch {
  return parseWith(z.object(FIELDS).partial(), value, source)
}

function parseWith<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw new AppError('CONFIG_INVALID', `${source}: ${problems.join('; ')}`)
}
