import { toAppError } from '../../shared/errors.ts'
import { BackendRecord } from './backend-record.ts'
import { KeychainSecrets, loadKeytar } from './keychain.ts'
import { parseKind, type OpenSecretsOptions } from './open-secrets.ts'
import { FileSecrets, type FileSecretsOptions, MemorySecrets, type Secrets } from './secrets.ts'

/** Another process may own the data directory. */
export type PeekSecretsOptions = Pick<OpenSecretsOptions, 'dataDir' | 'clock' | 'env' | 'load'>

/** Read-only secrets. */
export type SecretsView = Pick<Secrets, 'kind' | 'get'>

/**
 * Opens the storage that `openSecrets` would choose if a file were allowed, without changing the data
 * directory.
 * @throws AppError SECRETS_UNAVAILABLE as `openSecrets`; CONFIG_INVALID if a file cannot be used
 */
export async function peekSecrets(options: PeekSecretsOptions): Promise<SecretsView> {
  const { dataDir, clock, env, load = loadKeytar } = options
  const files: FileSecretsOptions = { dataDir, clock, onBad: null }
  const forced = parseKind(env['CLOUDTOLOCALLLM_SECRETS'])
  if (forced === 'memory') return new MemorySecrets()
  const record = await BackendRecord.open(files)
  if ((forced ?? record.backend) === 'file') return FileSecrets.open(files)
  try {
    return await KeychainSecrets.open(load, record, clock)
  } catch (cause) {
    if (forced === 'keychain' || record.needsKeychain) throw toAppError(cause)
    return FileSecrets.open(files)
  }
}
