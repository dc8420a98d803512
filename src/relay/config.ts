import type { z } from 'zod'
import { AppError } from '../shared/errors.ts'
import { fileVariablesOf } from './secret-file.ts'
import { metas } from './setting.ts'
import {
  flagFor,
  flagged,
  type Given,
  inEnvironment,
  inFile,
  type SettingFile,
  toText,
} from './setting-source.ts'
import { MINUTE_MS, PER_MINUTE, PRESETS, RelayConfigSchema } from './settings.ts'

/** The complete, validated settings. */
export type RelayConfig = Readonly<z.output<typeof RelayConfigSchema>>

/** Raw settings; `undefined` if not given. */
export type RelayFlags = {
  readonly [Name in keyof RelayConfig | `${keyof RelayConfig}File`]?: string | number | undefined
}

/** A setting as displayed by `--help`. */
export interface RelaySetting {
  readonly flag: string
  readonly variables: readonly string[]
  /** As text; `undefined` for none. */
  readonly fallback: string | undefined
  readonly description: string
  /** A secret value. The file option is a separate setting. */
  readonly isSecret: boolean
}

/** All settings in the order of the schema. */
export function relaySettings(): RelaySetting[] {
  return settings().flatMap(({ name, schema, meta }) => {
    const { env, description, shownDefault, isSecret = false } = meta
    const fallback = shownDefault ?? shown(schema.parse(undefined))
    const one = { flag: flagFor(name), variables: env, fallback, description, isSecret }
    return isSecret ? [one, fileSettingFor(one)] : one
  })
}

function fileSettingFor({ flag, variables }: RelaySetting): RelaySetting {
  const description = `file that contains the value of ${flag}`
  const names = fileVariablesOf(variables)
  return { flag: `${flag}-file`, variables: names, fallback: undefined, description, isSecret: false }
}

function shown(value: unknown): string | undefined {
  return value === undefined ? undefined : toText(value) || undefined
}

/**
 * Flags override the environment, which overrides the file, which overrides a preset, which overrides the defaults. An
 * empty variable counts as unset.
 * @throws AppError CONFIG_INVALID with one line that names the flag or variable and the allowed values
 */
export function parseRelayConfig(
  flags: RelayFlags,
  env: Record<string, string | undefined>,
  file?: SettingFile,
): RelayConfig {
  const given = new Map<string, Given>()
  for (const { name, meta } of settings()) {
    const found = flagged(flags, name, meta) ?? inEnvironment(env, meta) ?? inFile(file, meta)
    if (found !== undefined) given.set(name, found)
  }
  refuseUnknown(file)
  refuseOddMinute(given)
  const result = RelayConfigSchema.safeParse(withImplied(given))
  if (result.success) return checked(result.data)
  const name = String(result.error.issues[0]?.path[0])
  const { allowed } = settings().find((one) => one.name === name)?.meta ?? {}
  throw invalid(`${given.get(name)?.label ?? flagFor(name)} must be ${allowed}`)
}

function settings() {
  return Object.entries(RelayConfigSchema.shape).map(([name, schema]) => {
    const meta = metas.get(schema)
    if (meta === undefined) throw new AppError('INTERNAL', `the setting ${name} has no description`)
    return { name, schema: schema as z.ZodType, meta }
  })
}

function refuseUnknown(file: SettingFile | undefined): void {
  const known = new Set(relaySettings().flatMap(({ variables }) => variables))
  const unknown = Object.keys(file?.values ?? {}).find((key) => !known.has(key))
  if (unknown !== undefined) throw invalid(`${file?.path} contains an unknown setting: ${unknown}`)
}

/** Its name implies the length of its window. */
function refuseOddMinute(given: ReadonlyMap<string, Given>): void {
  const window = given.get('rateWindowMs')
  if (window === undefined || Number(window.value) === MINUTE_MS) return
  if (given.get('maxRequests')?.label.startsWith(PER_MINUTE))
    throw invalid(`${PER_MINUTE} needs a window of a minute: set TUNNEL_RATE_LIMIT_MAX_REQUESTS instead`)
}

function withImplied(given: ReadonlyMap<string, Given>): object {
  const values = Object.fromEntries([...given].map(([name, { value }]) => [name, value]))
  const { preset, requestTimeoutMs, domain } = values
  const acknowledge = requestTimeoutMs === undefined ? {} : { ackTimeoutMs: requestTimeoutMs }
  const site =
    typeof domain === 'string' ? { host: '::', port: 443, publicUrl: `https://${domain.trim()}` } : {}
  return { ...PRESETS[String(preset)], ...acknowledge, ...site, ...values }
}

/**
 * Without an audience, another service's tokens would be accepted; without any sign-in method, no device could connect.
 */
function checked(config: RelayConfig): RelayConfig {
  const { oidcIssuers, oidcAudiences, pairingEnabled, tlsCertFile, tlsKeyFile } = config
  if (oidcIssuers.length > 0 && oidcAudiences.length === 0)
    throw invalid('OIDC_AUDIENCE must be set together with OIDC_ISSUER')
  if (oidcIssuers.length === 0 && !pairingEnabled)
    throw invalid('PAIRING_ENABLED=false needs OIDC_ISSUER; otherwise no device could connect')
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined))
    throw invalid('TLS_CERT_FILE and TLS_KEY_FILE must be set together')
  if (config.domain !== undefined) checkDomain(config.domain, config)
  return config
}

function checkDomain(domain: string, { tlsCertFile, redisUrl, publicUrl = '' }: RelayConfig): void {
  if (tlsCertFile !== undefined)
    throw invalid('--domain obtains its own certificate: omit either --domain or TLS_CERT_FILE')
  if (redisUrl !== undefined)
    throw invalid(
      '--domain is for a single relay: with REDIS_URL, terminate TLS at the load balancer and omit --domain',
    )
  const { protocol, hostname, origin } = new URL(publicUrl)
  if (protocol !== 'https:' || hostname !== domain || origin !== publicUrl)
    throw invalid(`with --domain, --public-url must be https://${domain}, with a port if it is not 443`)
}

function invalid(message: string): AppError {
  return new AppError('CONFIG_INVALID', message)
}
