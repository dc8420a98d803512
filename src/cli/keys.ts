import { KeyCommands } from '../bridge/keys/key-commands.ts'
import { parseExpiry, parseScopes, type KeyRecord, type ListedKey } from '../bridge/keys/key-record.ts'
import { AppError } from '../shared/errors.ts'
import { DEFAULT_SCOPES } from '../shared/routes.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { includesModel } from '../shared/model-name.ts'
import { chatUrlOf } from '../bridge/profile/client-lines.ts'
import { openKeyStore } from '../bridge/profile/profile.ts'
import { noticesOn } from './open-profile.ts'
import type { Output } from './output.ts'
import { sayTable } from './table.ts'
import { lastUsedByKey } from './usage.ts'
import { reachOf, sayKeyCard, type Reach } from './key-card.ts'
import { readSecret } from './secret-option.ts'
import { term, wrapped } from './terminal-text.ts'
import { dayText, minuteText } from './time-text.ts'

export interface CreateKeyOptions {
  readonly name: string
  readonly scopes: string | undefined
  readonly models: string | undefined
  readonly expires: string | undefined
  readonly requestsPerMinute: string | undefined
  readonly maxConcurrent: string | undefined
  /** The text of a key created by another device. */
  readonly key: string | undefined
  /** A file that contains it; `-` for standard input. */
  readonly keyFile: string | undefined
  /** Prints a QR code, a link and client settings. */
  readonly qr: boolean
}

function profileOf(dataDir: string, output: Output): KeyCommands {
  return new KeyCommands(dataDir, () => openKeyStore(dataDir, noticesOn(output)))
}

export async function createKey(dataDir: string, options: CreateKeyOptions, output: Output): Promise<void> {
  const facts = {
    name: options.name,
    scopes: options.scopes === undefined ? [...DEFAULT_SCOPES] : [...parseScopes(options.scopes)],
    models: options.models === undefined ? null : namesIn(options.models),
    expiresAt: options.expires === undefined ? null : parseExpiry(options.expires, systemClock.now()),
    requestsPerMinute: parseLimit('--requests-per-minute', options.requestsPerMinute),
    maxConcurrent: parseLimit('--max-concurrent', options.maxConcurrent),
  }
  const shared = await sharedKeyOf(options)
  // Before the key exists: without a relay there is nothing to share.
  const reach = await reachOf(dataDir, output)
  const { record, key } = await profileOf(dataDir, output).create(facts, shared)
  output.json({ id: record.id, key, ...(options.qr && { link: chatUrlOf({ url: reach.url, key }) }) })
  output.say(`Key "${record.name}" (${record.id})`)
  for (const line of wrapped(describe(record), output.columns)) output.say(line)
  warnOfMissingModels(record, reach, output)
  if (options.qr) return sayKeyCard(record, key, reach, output)
  if (shared !== undefined) return output.say('This device accepts the key from now on.')
  output.say(term`\n  ${key}\n`)
  output.say('Save it now: this is the only time it is shown.')
  output.say(`Clients use it at ${reach.url}`)
  output.say('With --qr, a new key comes with a QR code, a link and client settings.')
}

/** A key with a mistyped model name is useless. Only a warning, since the server may get the model later. */
function warnOfMissingModels({ models }: KeyRecord, { upstream }: Reach, output: Output): void {
  if (models === null || upstream === undefined) return
  for (const model of models)
    if (!includesModel(upstream.models, model))
      output.warn(`The model server does not have the model "${model}". Check the name.`)
}

async function sharedKeyOf({ key, keyFile }: CreateKeyOptions): Promise<string | undefined> {
  if (keyFile === undefined) return key
  if (key !== undefined) throw new AppError('CONFIG_INVALID', '--key and --key-file cannot be used together')
  return readSecret('--key-file', keyFile)
}

export async function listKeys(dataDir: string, output: Output): Promise<void> {
  const keys = await profileOf(dataDir, output).list()
  for (const { digest: _, ...facts } of keys) output.json(facts)
  if (output.isJson) return
  if (keys.length > 0) sayTable(KEY_COLUMNS, await keyRows(keys, dataDir, output), output)
  else output.say('There are no keys yet. Create one: cloudtolocalllm keys create --name <name>')
}

export async function revokeKey(dataDir: string, idOrName: string, output: Output): Promise<void> {
  const { id, name } = await profileOf(dataDir, output).revoke(idOrName)
  output.json({ id, revoked: true })
  output.say(`Revoked key "${name}" (${id}).`)
}

const KEY_COLUMNS = ['Name', 'Created', 'Expires', 'Last used', 'Permissions', 'Id']

async function keyRows(keys: readonly ListedKey[], dataDir: string, output: Output): Promise<string[][]> {
  const used = await lastUsedByKey(dataDir, output)
  return keys.map((key) => [
    key.name,
    dayText(key.createdAt),
    key.expiresAt === null ? 'never' : dayText(key.expiresAt),
    used.get(key.name) ?? '–',
    key.isForeign ? 'other relay' : permissionsOf(key),
    key.id,
  ])
}

/** Short enough for a table; `--json` has everything. */
function permissionsOf({ scopes, models, requestsPerMinute, maxConcurrent }: KeyRecord): string {
  const isDefault =
    scopes.length === DEFAULT_SCOPES.length && DEFAULT_SCOPES.every((scope) => scopes.includes(scope))
  const others = [models, requestsPerMinute, maxConcurrent].some((limit) => limit !== null) ? ', limited' : ''
  return (isDefault ? 'default' : `${scopes.length} scope${scopes.length === 1 ? '' : 's'}`) + others
}

function describe({ scopes, models, expiresAt, requestsPerMinute, maxConcurrent }: KeyRecord): string {
  const parts = [
    scopes.join(', '),
    models === null ? 'all models' : models.join(', '),
    expiresAt === null ? 'no expiry' : `expires ${minuteText(expiresAt)} UTC`,
  ]
  if (requestsPerMinute !== null) parts.push(`${requestsPerMinute} a minute`)
  if (maxConcurrent !== null) parts.push(`${maxConcurrent} at once`)
  return parts.join(' · ')
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function parseLimit(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new AppError('CONFIG_INVALID', `${option} must be a whole number from 1 to 999,999`)
}
