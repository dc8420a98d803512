import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AppError } from '../shared/errors.ts'
import { parseRelayConfig, type RelayConfig, type RelayFlags } from './config.ts'
import type { SettingFile } from './setting-source.ts'
import { systemErrorCode } from '../shared/system-error.ts'

/**
 * The relay's settings from flags, environment and the file named by `--config` or `RELAY_CONFIG`.
 * @throws AppError CONFIG_INVALID
 */
export function loadRelayConfig(
  flags: RelayFlags & { readonly config?: string | undefined },
  env: Record<string, string | undefined>,
): RelayConfig {
  const { config, ...others } = flags
  const path = config || env['RELAY_CONFIG']
  return parseRelayConfig(others, env, path ? readConfigFile(path) : undefined)
}

/** A JSON object with variable names as keys. */
function readConfigFile(path: string): SettingFile {
  try {
    const values = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')))
    return { path, values }
  } catch (cause) {
    // Neither the content nor the position of the error: the file may contain secrets.
    const why = systemErrorCode(cause) !== undefined ? 'cannot be read' : 'must contain a JSON object'
    throw new AppError('CONFIG_INVALID', `--config: ${path} ${why}`, { cause })
  }
}
