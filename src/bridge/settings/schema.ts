import { hostname } from 'node:os'
import { z } from 'zod'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { SETTINGS, settingRows, type SettingName, type Settings } from '../../shared/ipc/settings.ts'
import { toPlainText } from '../../shared/plain-text.ts'
import type { KeyedText, Words } from '../../shared/words.ts'
import { allowedIn } from './allowed-value.ts'

/** A partial update of the settings. */
export type SettingsPatch = Partial<Settings>

/** Reported at once: a file may have thousands. */
const MAX_MISTAKES = 5
const MAX_NAME_CHARS = 60

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
 * @param source origin of the values: a path, or a text of the table
 * @throws AppError CONFIG_INVALID naming each invalid value
 */
export function parsePatch(value: unknown, source: Words): SettingsPatch {
  return parseWith(PatchSchema, value, source)
}

/** Like `parsePatch`, but ignores unknown names: a policy may also serve newer versions. */
export function parsePolicy(value: unknown, source: Words): SettingsPatch {
  return parseWith(PolicySchema, value, source)
}

function parseWith(schema: z.ZodType, value: unknown, source: Words): SettingsPatch {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data as SettingsPatch
  const mistakes = { texts: mistakesIn(parsed.error.issues) }
  throw new AppError('CONFIG_INVALID', errorCase('case.settings.invalid', { source, mistakes }))
}

/** One text for each setting. */
function mistakesIn(issues: readonly z.core.$ZodIssue[]): KeyedText[] {
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []))
  const invalid = issues.flatMap(({ path }) => (path.length > 0 ? String(path[0]) : []))
  if (unknown.length + invalid.length === 0) return [errorCase('case.setting.notObject')]
  const names = [...new Set([...invalid, ...unknown])].slice(0, MAX_MISTAKES)
  return names.map((name) => (unknown.includes(name) ? unknownSetting(name) : invalidSetting(name)))
}

function unknownSetting(name: string): KeyedText {
  return errorCase('case.setting.unknown', { name: toPlainText(name).slice(0, MAX_NAME_CHARS) })
}

function invalidSetting(name: string): KeyedText {
  const allowed = allowedIn(SETTINGS[name as SettingName].schema)
  return errorCase('case.setting.invalid', { name, allowed })
}
