import { hostname } from 'node:os'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { SETTINGS, settingRows, type Settings } from '../../shared/ipc/settings.ts'

/** A partial update of the settings. */
export type SettingsPatch = Partial<Settings>

const FIELDS = Object.fromEntries(settingRows().map(([name, { schema }]) => [name, schema]))
/** Strict, for values that a user can correct. */
const PatchSchema = z.strictObject(FIELDS).partial()
/** Ignores unknown names. */
const PolicySchema = z.object(FIELDS).partial()
/** Lenient: an invalid field falls back to its default, the rest stays. */
const SettingsSchema = z.object({
  ...Object.fromEntries(settingRows().map(([name, { schema, fallback }]) => [name, schema.catch(fallback)])),
  deviceName: SETTINGS.deviceName.schema.catch(() => hostname() || SETTINGS.deviceName.fallback),
})

/** Settings from a file's content, with defaults for anything missing or invalid. */
export function toSettings(stored: object): Settings {
  return SettingsSchema.parse(stored) as unknown as Settings
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
  return parseWith(PolicySchema, value, source)
}

function parseWith(schema: z.ZodType, value: unknown, source: string): SettingsPatch {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data as SettingsPatch
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
  const app = `A setting has a value that cannot be used: ${problems.join('; ')}.`
  throw new AppError('CONFIG_INVALID', { cli: `${source}: ${problems.join('; ')}`, app })
}
