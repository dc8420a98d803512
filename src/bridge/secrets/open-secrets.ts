import { join } from 'node:path'

import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import type { KeyedText } from '../../shared/words.ts'
import { FILES } from '../data-dir/paths.ts'
import { reportBadFile } from '../data-dir/store-file.ts'
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
import { SecretsUnavailable, type KeychainTrouble } from './trouble.ts'

export interface OpenSecretsOptions {
  /** Must be held by this process. */
  readonly dataDir: string
  /** The user agrees to a file if there is no keychain; otherwise secrets last for this run only. */
  readonly allowFile: boolean
  /**
   * The user prefers a new sign-in to waiting for the keychain. The secrets stay in it and are used again if
   * it becomes available before another storage was chosen.
   */
  readonly giveUpKeychain?: boolean
  /** Reports to the user, in one sentence, that a file was replaced. */
  readonly notify: (sentence: KeyedText) => void
  /** Reports that secrets are stored less securely than expected (see `kind`); `notify` by default. */
  readonly notifyWeaker?: (sentence: KeyedText) => void
  readonly clock: Clock
  readonly env: NodeJS.ProcessEnv
  /** For tests. */
  readonly load?: () => Promise<Keytar>
}

const KINDS = ['keychain', 'file', 'memory'] as const

/**
 * Opens the best storage for secrets on this machine, and the same one on later starts.
 * CLOUDTOLOCALLLM_SECRETS=keychain|file|memory overrides the choice.
 * @throws SecretsUnavailable if the keychain is required, or contains secrets, and cannot be used now. Open
 * again once the user has resolved its `trouble`, or with `giveUpKeychain`.
 */
export async function openSecrets(options: OpenSecretsOptions): Promise<PlacedSecrets> {
  const { dataDir, clock, notify, load = loadKeytar } = options
  const files: FileSecretsOptions = {
    dataDir,
    clock,
    onBad: reportBadFile(notify),
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
  // Forcing a file once must not forget the secrets in the keychain.
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
  notify(errorCase('notice.secretsInFile', { trouble: errorCase(`case.keychain.${trouble}`), path }))
  return openFile(files, record)
}

function fallBackToMemory(trouble: KeychainTrouble, notify: OpenSecretsOptions['notify']): SecretsPlace {
  notify(errorCase('notice.secretsInMemory', { trouble: errorCase(`case.keychain.${trouble}`) }))
  return new MemorySecrets(trouble)
}

/** Parses CLOUDTOLOCALLLM_SECRETS. @throws AppError CONFIG_INVALID */
export function parseKind(text: string | undefined): Secrets['kind'] | undefined {
  if (!text) return undefined
  const kind = KINDS.find((known) => known === text)
  if (kind === undefined)
    throw new AppError('CONFIG_INVALID', errorCase('case.secretsKind', { text, kinds: KINDS.join(', ') }))
  return kind
}
