import { readFile, writeFile } from 'node:fs/promises'
import type { SettingName } from '../../shared/ipc/settings.ts'
import { parsePatch, type SettingsPatch } from '../../bridge/settings/schema.ts'
import type { SettingsStore } from '../../bridge/settings/settings-store.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { parseJsonObject } from '../../shared/json-object.ts'

/** Settings that are specific to this machine. */
const NOT_MOVED: readonly SettingName[] = ['windowBounds', 'deviceName', 'allowSecretsFile']
const FORMAT = 'cloudtolocalllm-settings'

/** Exports settings. They contain no secrets, so the file can be shared. */
export async function exportSettings(settings: SettingsStore, path: string): Promise<void> {
  const moved = Object.entries(settings.value).filter(([name]) => !NOT_MOVED.includes(name as SettingName))
  const text = JSON.stringify({ format: FORMAT, version: 1, settings: Object.fromEntries(moved) }, null, 2)
  await writeFile(path, `${text}\n`)
}

/**
 * Imports all settings that are not managed. @throws AppError CONFIG_INVALID, in which case nothing has
 * changed
 */
export async function importSettings(settings: SettingsStore, path: string): Promise<void> {
  const { locked } = settings
  const given = Object.entries(parseExport(await readFile(path, 'utf8'), path))
  const taken = given.filter(([name]) => !locked.includes(name as SettingName))
  await settings.patch(Object.fromEntries(taken))
}

function parseExport(text: string, path: string): SettingsPatch {
  const value = parseJsonObject(text)
  if (value?.['format'] !== FORMAT)
    throw new AppError('CONFIG_INVALID', errorCase('case.settings.foreignFile', { path }))
  return parsePatch(value['settings'] ?? {}, path)
}
