import { readFile } from 'node:fs/promises'
import { posix, win32 } from 'node:path'

import { AppError, toAppError } from '../../shared/errors.ts'
import { parseUpstreamUrl } from '../upstream/ollama-host.ts'
import { parsePolicy, type SettingName, type SettingsPatch } from './schema.ts'

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

const VARIABLES = {
  relayUrl: 'CLOUDTOLOCALLLM_RELAY',
  deviceName: 'CLOUDTOLOCALLLM_NAME',
  upstream: 'CLOUDTOLOCALLLM_UPSTREAM',
  ownerScopes: 'CLOUDTOLOCALLLM_OWNER_SCOPES',
  maxConcurrent: 'CLOUDTOLOCALLLM_MAX_CONCURRENT',
  keptAnswerMib: 'CLOUDTOLOCALLLM_KEPT_ANSWER_MIB',
  keptTotalMib: 'CLOUDTOLOCALLLM_KEPT_TOTAL_MIB',
  keptMinutes: 'CLOUDTOLOCALLLM_KEPT_MINUTES',
  updateMode: 'CLOUDTOLOCALLLM_UPDATES',
} as const satisfies Partial<Record<SettingName, string>>

const NUMBERS: ReadonlySet<SettingName> = new Set<SettingName>([
  'maxConcurrent',
  'keptAnswerMib',
  'keptTotalMib',
  'keptMinutes',
])

/**
 * The settings locked by the environment and the policy file; the file takes precedence.
 * @throws AppError CONFIG_INVALID if one of them is invalid: locked settings are never silently dropped
 */
export async function managedSettings(path: string, env: NodeJS.ProcessEnv): Promise<SettingsPatch> {
  return { ...environmentSettings(env), ...(await filePolicy(path)) }
}

function environmentSettings(env: NodeJS.ProcessEnv): SettingsPatch {
  const found: SettingsPatch[] = []
  for (const [name, variable] of Object.entries(VARIABLES) as [SettingName, string][]) {
    const text = env[variable]
    if (text) found.push(parsePolicy({ [name]: toValue(name, text) }, variable))
  }
  return Object.assign({}, ...found) as SettingsPatch
}

function toValue(name: SettingName, text: string): unknown {
  if (name === 'ownerScopes') return text.split(',').map((scope) => scope.trim())
  // Parsed like `--upstream` and OLLAMA_HOST: a bare host and port are enough.
  if (name === 'upstream') return parseUpstreamUrl(text)
  return NUMBERS.has(name) ? Number(text) : text
}

async function filePolicy(path: string): Promise<SettingsPatch> {
  try {
    return parsePolicy(JSON.parse(await readFile(path, 'utf8')), path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return {}
    if (cause instanceof AppError) throw cause
    const detail = {
      cli: `${path} cannot be read: ${toAppError(cause).message}`,
      app: `The administrator’s settings in ${path} cannot be read.`,
    }
    throw new AppError('CONFIG_INVALID', detail, { cause })
  }
}
