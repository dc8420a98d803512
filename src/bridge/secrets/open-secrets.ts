import { join } from 'node:path'

import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { FILES } from '../data-dir/paths.ts'
import { BackendRecord } from './backend-record.ts'
import type { Keytar } from './keychain-entries.ts'
import { KeychainSecrets, loadKeytar } from './keychain.ts'
import { PlacedSecrets } from './placed-secrets.ts'
import {
  FileSecrets,
  type FileSecretsOptions,
  MemorySecrets,
  type Secrets,
  type SecretsPlace,
} from './secrets.ts'
import { SecretsUnavailable, TROUBLE_TEXTS, type KeychainTrouble } from './trouble.ts'

export interface OpenSecretsOptions {
  /** Owned by this process. */
  readonly dataDir: string
  /** Whether the user allows a file if there is no keychain; otherwise secrets are kept in memory only. */
  readonly allowFile: boolean
  /**
   * Whether the user prefers signing in again to waiting for the keychain. Its entries stay, and are used again if it
   * returns before another backend was chosen.
   */
  readonly giveUpKeychain?: boolean
  /** Tells the user in one sentence what happened to a file. */
  readonly notify: (sentence: string) => void
  /** Reports that secrets are stored less securely than expected, like `kind`; `notify` by default. */
  readonly notifyWeaker?: (sentence: string) => void
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
  /** For tests. */
  readonly load?: () => Promise<Keytar>
}

const KINDS = ['keychain', 'file', 'memory'] as const

/**
 * Opens the best secrets backend of this machine, and the same one from then on.
 * CLOUDTOLOCALLLM_SECRETS=keychain|file|memory forces one.
 * @throws SecretsUnavailable if the keychain is forced or contains secrets and is unavailable: open again after the
 * user has resolved its `trouble`, or with `giveUpKeychain`
 */
export async function openSecrets(options: OpenSecretsOptions): Promise<PlacedSecrets> {
  const { dataDir, clock, notify, load = loadKeytar } = options
  const files: FileSecretsOptions = {
    dataDir,
    clock,
    onBad: ({ path, movedTo }) => notify(`${path} could not be read and was kept as ${movedTo}.`),
  }
  const record = await BackendRecord.open(files)
  if (options.giveUpKeychain === true) await record.giveUpKeychain()
  return new PlacedSecrets({
    place: await openPlace(options, files, record),
    open: (kind) => (kind === 'file' ? FileSecrets.open(files) : KeychainSecrets.open(load, record, clock)),
    choose: (kind) => record.choose(kind),
  })
}

async function openPlace(
  { env, allowFile, clock, notify, notifyWeaker = notify, load = loadKeytar }: OpenSecretsOptions,
  files: FileSecretsOptions,
  record: BackendRecord,
): Promise<SecretsPlace> {
  const forced = parseKind(env['CLOUDTOLOCALLLM_SECRETS'])
  if (forced === 'memory') return new MemorySecrets()
  if ((forced ?? record.backend) === 'file') return openFile(files, record)
  try {
    const keychain = await KeychainSecrets.open(load, record, clock)
    await record.choose('keychain')
    return keychain
  } catch (cause) {
    const canDoWithout = forced === undefined && !record.needsKeychain
    if (!canDoWithout || !(cause instanceof SecretsUnavailable)) throw cause
    return allowFile
      ? fallBackToFile(cause.trouble, files, record, notifyWeaker)
      : fallBackToMemory(cause.trouble, notifyWeaker)
  }
}

async function openFile(files: FileSecretsOptions, record: BackendRecord): Promise<SecretsPlace> {
  // Forcing a file once does not discard the record of the keychain's secrets.
  if (!record.needsKeychain) await record.choose('file')
  return FileSecrets.open(files)
}

function fallBackToFile(
  trouble: KeychainTrouble,
  files: FileSecretsOptions,
  record: BackendRecord,
  notify: OpenSecretsOptions['notify'],
): Promise<SecretsPlace> {
  const path = join(files.dataDir, FILES.secrets)
  notify(`${TROUBLE_TEXTS[trouble]}, so this device's credential is kept in ${path}, readable by you alone.`)
  return openFile(files, record)
}

function fallBackToMemory(trouble: KeychainTrouble, notify: OpenSecretsOptions['notify']): SecretsPlace {
  notify(`${TROUBLE_TEXTS[trouble]}, so this device's credential is kept for this run only.`)
  return new MemorySecrets(trouble)
}

/** Parses CLOUDTOLOCALLLM_SECRETS. @throws AppError CONFIG_INVALID */
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
