import { readFile } from 'node:fs/promises'
import { posix, win32 } from 'node:path'

import { errorCase } from '../../shared/error-cases.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { settingRows } from '../../shared/ipc/settings.ts'
import { parseUpstreamUrl } from '../upstream/ollama-host.ts'
import { parsePolicy, type SettingsPatch } from './schema.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

/** Path of the administrator's policy, which users cannot change. */
export function policyPathFor(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  switch (platform) {
    case 'win32':
      return win32.join(env['ProgramData'] ?? 'C:\\ProgramData', 'CloudToLocalLLM', 'policy.json')
    case 'darwin':
      return '/Library/Application Support/CloudToLocalLLM/policy.json'
    default:
      return posix.join('/etc', 'cloudtolocalllm', 'policy.json')
  }
}

/**
 * The settings locked by the environment and the policy file; the file takes precedence.
 * @throws AppError CONFIG_INVALID if one of them is invalid: locked settings are never silently dropped
 */
export async function managedSettings(path: string, env: NodeJS.ProcessEnv): Promise<SettingsPatch> {
  return { ...environmentSettings(env), ...(await filePolicy(path)) }
}

function environmentSettings(env: NodeJS.ProcessEnv): SettingsPatch {
  const found: SettingsPatch = {}
  for (const [name, row] of settingRows()) {
    const text = row.env === undefined ? undefined : env[row.env]
    if (!row.env || !text) continue
    // Parsed like `--upstream` and OLLAMA_HOST: a bare host and port are enough.
    const value = name === 'upstream' ? parseUpstreamUrl(text) : (row.fromText?.(text) ?? text)
    const source = errorCase('case.settings.source.environment', { variable: row.env })
    Object.assign(found, parsePolicy({ [name]: value }, source))
  }
  return found
}

async function filePolicy(path: string): Promise<SettingsPatch> {
  try {
    return parsePolicy(JSON.parse(await readFile(path, 'utf8')), path)
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(cause) ?? '')) return {}
    if (cause instanceof AppError) throw cause
    const { message } = toAppError(cause)
    throw new AppError('CONFIG_INVALID', errorCase('case.settings.policy', { path, message }), { cause })
  }
}
