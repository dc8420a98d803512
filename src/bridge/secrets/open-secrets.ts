import { join } from 'node:path'

import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { FILES } from '../data-dir/paths.ts'
import { BackendRecord } from './backend-record.ts'
import { KeychainSecrets, type Keytar, loadKeytar } from './keychain.ts'
import { FileSecrets, type FileSecretsOptions, MemorySecrets, type Secrets } from './secrets.ts'

export interface OpenSecretsOptions {
  /** Held by this process. */
  readonly dataDir: string
  /** The user agrees to a file where there is no keychain; else secrets last for this run only. */
  readonly allowFile: boolean
  /** Tells the user, in one sentence, that secrets are kept in a weaker way than expected. */
  readonly notify: (sentence: string) => void
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
  /** For tests. */
  readonly load?: () => Promise<Keytar>
}

const KINDS = ['keychain', 'file', 'memory'] as const

/**
 * Opens the best place for secrets that this machine has, and the same one ever after.
 * CLOUDTOLOCALLLM_SECRETS=keychain|file|memory forces one.
 * @throws AppError SECRETS_UNAVAILABLE where the keychain is forced, or holds secrets, and cannot be used now.
 */
export async function openSecrets(options: OpenSecretsOptions): Promise<Secrets> {
  const { dataDir, clock, notify } = options
  const files: FileSecretsOptions = {
    dataDir,
    clock,
    onBad: ({ path, movedTo }) => notify(`${path} could not be read and was kept as ${movedTo}.`),
  }
  const forced = parseKind(options.env['CLOUDTOLOCALLLM_SECRETS'])
  if (forced === 'memory') return new MemorySecrets()
  const record = await BackendRecord.open(files)
  const kind = forced ?? record.backend
  if (kind === 'file') return openFile(files, record)
  try {
    const secrets = await KeychainSecrets.open(options.load ?? loadKeytar, record, clock)
    await record.choose('keychain')
    return secrets
  } catch (cause) {
    if (forced === 'keychain' || record.needsKeychain) throw toAppError(cause)
    return options.allowFile ? fallBackToFile(files, record, notify) : fallBackToMemory(notify)
  }
}

async function openFile(files: FileSecretsOptions, record: BackendRecord): Promise<Secrets> {
  // A file that was forced once does not make the keychain's secrets forgotten.
  if (!record.needsKeychain) await record.choose('file')
  return FileSecrets.open(files)
}

function fallBackToFile(
  files: FileSecretsOptions,
  record: BackendRecord,
  notify: OpenSecretsOptions['notify'],
): Promise<Secrets> {
  const path = join(files.dataDir, FILES.secrets)
  notify(
    `There is no system keychain here, so this device's credential is kept in ${path}, readable by you alone.`,
  )
  return openFile(files, record)
}

function fallBackToMemory(notify: OpenSecretsOptions['notify']): Secrets {
  notify("There is no system keychain here, so this device's credential is kept for this run only.")
  return new MemorySecrets()
}

/** Reads CLOUDTOLOCALLLM_SECRETS. @throws AppError CONFIG_INVALID */
export function parseKind(text: string | undefined): Secrets['kind'] | undefined {
  if (!text) return undefined
  const kind = KINDS.find((known) => known === text)
  if (kind === undefined)
    throw new AppError(
      'CONFIG_INVALID',
      `CLOUDTOLOCALLLM_SECRETS: "${text}" is not one of ${KINDS.join(', ')}`,
    )
  return kind
}
