import { join } from 'node:path'

import { z } from 'zod'

import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { FILES } from '../data-dir/paths.ts'
import { type OnBadFile, StoreFile } from '../data-dir/store-file.ts'
import { managedSettings, policyPathFor } from './policy.ts'
import type { SettingName, Settings } from '../../shared/ipc/settings.ts'
import { parsePatch, type SettingsPatch, toSettings } from './schema.ts'

/** Contains only the user's choices and fields of other versions: defaults may change independently. */
const SettingsFile = z.looseObject({ version: z.int().catch(1) })
type SettingsFile = z.infer<typeof SettingsFile>

export interface SettingsOptions {
  /** Must be held by this process, unless `onBad` is null. */
  readonly dataDir: string
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
  readonly onBad: OnBadFile
  /** Defaults to the platform's location. */
  readonly policyPath?: string
}

/** Settings of a data directory: defaults, overridden by the user's file, overridden by locked settings. */
export class SettingsStore {
  readonly #file: StoreFile<SettingsFile>
  readonly #managed: SettingsPatch
  readonly #listeners = new Set<(settings: Settings) => void>()
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(file: StoreFile<SettingsFile>, managed: SettingsPatch) {
    this.#file = file
    this.#managed = managed
  }

  /** @throws AppError CONFIG_INVALID if the file cannot be read or a locked value is invalid */
  static async load(options: SettingsOptions): Promise<SettingsStore> {
    const { dataDir, clock, env, onBad, policyPath = policyPathFor(process.platform, env) } = options
    const managed = await managedSettings(policyPath, env)
    const path = join(dataDir, FILES.settings)
    const empty: SettingsFile = { version: 1 }
    return new SettingsStore(
      await StoreFile.open({ path, schema: SettingsFile, empty, clock, onBad }),
      managed,
    )
  }

  get value(): Settings {
    return toSettings({ ...this.#file.value, ...this.#managed })
  }

  /** Settings locked by the environment or an administrator. */
  get locked(): readonly SettingName[] {
    return Object.keys(this.#managed) as SettingName[]
  }

  /** @throws AppError CONFIG_INVALID if a value is invalid or locked; nothing has changed then */
  async patch(patch: SettingsPatch): Promise<Settings> {
    const checked = parsePatch(patch, errorCase('case.settings.source.change'))
    const refused = this.locked.filter((name) => name in checked)
    if (refused.length > 0)
      throw new AppError('CONFIG_INVALID', errorCase('case.settings.managed', { names: refused.join(', ') }))
    const writing = this.#file.update((stored) => ({ ...stored, ...checked }))
    this.#writing = writing.catch(() => {})
    await writing
    for (const listener of this.#listeners) listener(this.value)
    return this.value
  }

  /** Resolves once all patches are on disk. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** Calls back after every patch. */
  onChange(listener: (settings: Settings) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
