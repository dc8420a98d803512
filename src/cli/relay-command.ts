import { Option, type Command } from 'commander'
import { loadAuthorities } from '../bridge/dial/certificate-authorities.ts'
import { loadRelayConfig } from '../relay/config-file.ts'
import { type RelayConfig, relaySettings, type RelaySetting } from '../relay/config.ts'
import { warnOfVariables } from '../relay/variable-warnings.ts'
import { run, text, type CommandFlags } from './flags.ts'
import { commandName, type Output } from './output.ts'
import { loggerFor } from './run-command.ts'
import { warnOfSecret } from './secret-option.ts'

/** Settings that most operators need; `relay --help=all` lists all. */
const COMMON_RELAY_FLAGS: ReadonlySet<string> = new Set([
  '--domain',
  '--host',
  '--port',
  '--public-url',
  '--data-dir',
  '--trusted-proxies',
  '--owner',
  '--log-level',
])

/** @param isAllShown whether `--help` lists every setting, or those that most operators need */
export function defineRelay(command: Command, isAllShown: boolean): void {
  command
    .option('--config <file>', 'JSON file with settings, named by the variables below (env: RELAY_CONFIG)')
    .addHelpText('after', isAllShown ? '' : `\nAll settings: ${commandName(process.env)} relay --help=all`)
  for (const setting of relaySettings().toSorted(byGroup))
    command.addOption(settingOption(setting).hideHelp(!isAllShown && !COMMON_RELAY_FLAGS.has(setting.flag)))
  command.action((flags: CommandFlags) =>
    run(flags, async (output) => {
      const given = Object.entries(flags).filter(([name]) => name !== 'json')
      warnOfRelaySecrets(command, output)
      const config = loadRelayConfig(
        Object.fromEntries(given.map(([name, value]) => [name, text(value)])),
        process.env,
      )
      const logger = await loggerFor(config.logLevel, output)
      warnOfVariables(process.env, logger)
      if (usesTls(config)) loadAuthorities()
      const { relay } = await import('./relay.ts')
      await relay(config, logger, output)
    }),
  )
}

/** Whether the relay connects to others by TLS: identity providers, a certificate authority, Redis. */
function usesTls({ oidcIssuers, domain, redisUrl }: RelayConfig): boolean {
  return oidcIssuers.length > 0 || domain !== undefined || redisUrl?.startsWith('rediss:') === true
}

function warnOfRelaySecrets(command: Command, output: Output): void {
  for (const { flag, variables, isSecret } of relaySettings()) {
    const value: unknown = command.getOptionValue(new Option(flag).attributeName())
    if (!isSecret || typeof value !== 'string' || isOpenRedis(value)) continue
    warnOfSecret(flag, `${flag}-file or ${variables.join(' or ')}`, output)
  }
}

/** A Redis URL without user and password. */
function isOpenRedis(value: string): boolean {
  return /^rediss?:\/\/[^@]*$/.test(value)
}

/** Without commander's own handling of variables: the relay knows their precedence. */
function settingOption({ flag, variables, fallback = 'none', description }: RelaySetting): Option {
  const text = `${description} (default: ${fallback}, env: ${variables.join(', ')})`
  return new Option(`${flag} <value>`, text).helpGroup(relayGroupOf(flag))
}

const RELAY_GROUPS: readonly (readonly [RegExp, string])[] = [
  [/^--oidc|^--pairing/, 'Pairing and sign-in:'],
  [/domain|acme|tls|http-port/, 'Certificate:'],
  [/redis|internal|relay-key|drain/, 'Several relays and stopping:'],
  [/log|operator|metrics|audit|contact/, 'Operation:'],
  [/rate|max|limit|memory|breaker|failures|queue|preset/, 'Limits:'],
  [/timeout|ping|interval|grace|window|frame|web-socket|compression/, 'Tunnels and timeouts:'],
]

const COMMON = 'Common settings:'
const OTHER = 'Other settings:'
const HEADINGS: readonly string[] = [COMMON, ...RELAY_GROUPS.map(([, heading]) => heading), OTHER]

/** The heading under which a setting is listed. */
function relayGroupOf(flag: string): string {
  if (COMMON_RELAY_FLAGS.has(flag)) return COMMON
  return RELAY_GROUPS.find(([pattern]) => pattern.test(flag))?.[1] ?? OTHER
}

/** Commander lists groups in the order of their first option. */
function byGroup(one: RelaySetting, other: RelaySetting): number {
  return HEADINGS.indexOf(relayGroupOf(one.flag)) - HEADINGS.indexOf(relayGroupOf(other.flag))
}
