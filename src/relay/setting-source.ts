import { AppError } from '../shared/errors.ts'
import { fileVariablesOf, readSecretFile } from './secret-file.ts'
import type { SettingMeta } from './setting.ts'

/** Raw settings by their names in the schema. */
export type Flags = Readonly<Record<string, string | number | undefined>>

/** Settings by variable, from a file. */
export interface SettingFile {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
}

export interface Given {
  readonly value: unknown
  /** The flag or variable named in errors. */
  readonly label: string
}

/** @throws AppError CONFIG_INVALID if a secret's file cannot be read */
export function flagged(flags: Flags, name: string, { isSecret }: SettingMeta): Given | undefined {
  const value = flags[name]
  const label = flagFor(name)
  if (value !== undefined) return { value, label }
  const path = isSecret ? flags[`${name}File`] : undefined
  return path === undefined ? undefined : held(String(path), `${label}-file`)
}

function held(path: string, label: string): Given {
  return { value: readSecretFile(path, label), label }
}

/**
 * The first variable that is set takes precedence; an empty one counts as unset.
 * @throws AppError CONFIG_INVALID
 */
export function inEnvironment(
  env: Record<string, string | undefined>,
  { env: variables, spellOut, isSecret }: SettingMeta,
): Given | undefined {
  const label = variables.find((key) => env[key])
  const value = label === undefined ? undefined : env[label]
  const file = isSecret ? fileVariablesOf(variables).find((key) => env[key]) : undefined
  const path = file === undefined ? undefined : env[file]
  if (label && file) throw new AppError('CONFIG_INVALID', `${label} and ${file}: use one of the two`)
  if (file && path) return held(path, file)
  return label && value ? { value: spellOut?.[label]?.(value) ?? value, label } : undefined
}

export function inFile(file: SettingFile | undefined, meta: SettingMeta): Given | undefined {
  if (file === undefined) return undefined
  const values = Object.entries(file.values).filter(([, value]) => value !== null)
  const texts = values.map(([key, value]) => [key, toText(value)] as const)
  const found = inEnvironment(Object.fromEntries(texts), meta)
  return found && { value: found.value, label: `${found.label} in ${file.path}` }
}

/** A file's value as a variable's text. Other types are not valid for any setting. */
export function toText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toText).join(',')
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return isPlain ? String(value) : ' '
}

export function flagFor(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
