import { Command, CommanderError, Option } from 'commander'
import { loadRelayConfig } from '../relay/config-file.ts'
import { relaySettings, type RelaySetting } from '../relay/config.ts'
import { warnOfVariables } from '../relay/variable-warnings.ts'
import { toPlainText } from '../shared/plain-text.ts'
import { VERSION } from '../shared/version.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { bridge, pair } from './bridge.ts'
import { listDevices, revokeDevice } from './devices.ts'
import { doctorCommand } from './doctor.ts'
import {
  dataDirOf,
  dataDirOption,
  isOn,
  nameOption,
  option,
  relayOption,
  run,
  text,
  upstreamOf,
  upstreamOption,
  type CommandFlags,
} from './flags.ts'
import { addKeys } from './keys-command.ts'
import type { Output } from './output.ts'
import { relay } from './relay.ts'
import { loggerFor } from './run-command.ts'
import { warnOfSecret } from './secret-option.ts'
import { signOutHere } from './sign-in.ts'
import { start } from './start.ts'
import { clearUsage, exportUsage, showUsage } from './usage.ts'
import { removeUpstreamKey, setUpstreamKey } from './upstream-key.ts'

const EXAMPLES = `
Examples:
  cloudtolocalllm start
  cloudtolocalllm relay --domain relay.example.com
  cloudtolocalllm bridge --relay https://relay.example.com --pair <code>
  cloudtolocalllm bridge --relay https://relay.example.com --sign-in
  cloudtolocalllm keys create --name phone --expires 30d

LOG_LEVEL=debug|info|warn|error|silent sets the level of the log on stderr (default: warn).
Exit codes: 0 after a clean stop, 2 for wrong usage or configuration, 1 for a failure.`

/** Runs this process's command line and sets the exit code. */
export async function runProgram(): Promise<void> {
  // A closed stdout pipe, such as of `head`, ends the process like SIGPIPE.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'))
  try {
    // Commander takes no value for its help option.
    await createProgram(process.argv.includes(ALL_HELP)).parseAsync(
      process.argv.map((argument) => (argument === ALL_HELP ? '--help' : argument)),
    )
  } catch (cause) {
    // Commander has already printed the error, and exits with 0 after --help and --version.
    if (!(cause instanceof CommanderError)) throw cause
    process.exitCode = cause.exitCode === 0 ? 0 : 2
  }
}

/** Lists every relay setting. */
const ALL_HELP = '--help=all'

function createProgram(isAllShown: boolean): Command {
  const program = new Command('cloudtolocalllm')
    .description(
      'Reach the Ollama on your desktop from anywhere, with a URL and a key, without opening a port.',
    )
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    .configureOutput({ outputError: (text, write) => write(`${toPlainText(toOneLine(text).trimEnd())}\n`) })
    .exitOverride()
  addStart(program)
  addRelay(program, isAllShown)
  addBridge(program)
  addPair(program)
  addSignOut(program)
  addKeys(program)
  addUpstream(program)
  addDevices(program)
  addUsage(program)
  addDoctor(program)
  const leaves = program.commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands : command,
  )
  for (const command of leaves) command.option('--json', 'print only JSON to stdout, one object per line')
  return program
}

/** The relay parses the environment variables of its options itself, since it knows their precedence. */
function addStart(program: Command): void {
  program
    .command('start')
    .description('run the relay and the desktop app on this machine, with the model server found here')
    .option('--port <n>', 'port of the relay, 0 for any free port (default: 3001, env: PORT)')
    .addOption(upstreamOption())
    .option('--demo', 'use the built-in demo model (env: CLOUDTOLOCALLLM_DEMO=1)')
    .option('--headless', 'run without a window (env: CLOUDTOLOCALLLM_HEADLESS=1)')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, (output, logger) => {
        const demo = isOn(flags['demo'], 'CLOUDTOLOCALLLM_DEMO')
        const headless = isOn(flags['headless'], 'CLOUDTOLOCALLLM_HEADLESS')
        const [port, upstreamUrl] = [text(flags['port']), upstreamOf(flags)]
        return start({ port, upstreamUrl, demo, headless, dataDir: dataDirOf(flags) }, logger, output)
      }),
    )
}

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

function addRelay(program: Command, isAllShown: boolean): void {
  const command = program
    .command('relay')
    .description('run a relay, the public end')
    .option('--config <file>', 'JSON file with settings, named by the variables below (env: RELAY_CONFIG)')
    .addHelpText('after', isAllShown ? '' : `\nAll settings: cloudtolocalllm relay ${ALL_HELP}`)
  for (const setting of relaySettings())
    command.addOption(settingOption(setting).hideHelp(!isAllShown && !COMMON_RELAY_FLAGS.has(setting.flag)))
  command.action((flags: CommandFlags) =>
    run(flags, (output) => {
      const given = Object.entries(flags).filter(([name]) => name !== 'json')
      warnOfRelaySecrets(command, output)
      const config = loadRelayConfig(
        Object.fromEntries(given.map(([name, value]) => [name, text(value)])),
        process.env,
      )
      const logger = loggerFor(config.logLevel, output)
      warnOfVariables(process.env, logger)
      return relay(config, logger, output)
    }),
  )
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
  [/^--oidc|owner|pairing/, 'Owners and sign-in:'],
  [/domain|acme|tls/, 'Certificate:'],
  [/redis|internal|relay-key|drain/, 'Several relays and stopping:'],
  [/log|operator|metrics|audit|contact/, 'Operation:'],
  [/rate|max|limit|memory|breaker|failures/, 'Limits:'],
  [/timeout|ping|interval|grace|window|frame/, 'Tunnels and timeouts:'],
]

/** The heading under which a setting is listed. */
function relayGroupOf(flag: string): string {
  if (COMMON_RELAY_FLAGS.has(flag)) return 'Common settings:'
  return RELAY_GROUPS.find(([pattern]) => pattern.test(flag))?.[1] ?? 'Other settings:'
}

function addBridge(program: Command): void {
  program
    .command('bridge')
    .description('run a bridge without a window, the desktop end')
    .addOption(relayOption('URL of the relay (default: the one this device is paired with)'))
    .addOption(option('--pair <code>', 'pair with the relay first, using this code', 'CLOUDTOLOCALLLM_PAIR'))
    .option('--sign-in', 'sign in first, in any browser, if not signed in (env: CLOUDTOLOCALLLM_SIGN_IN=1)')
    .addOption(
      option(
        '--audience <name>',
        'with --sign-in: audience of the access token, if it is not the relay URL',
        'CLOUDTOLOCALLLM_AUDIENCE',
      ),
    )
    .addOption(upstreamOption())
    .addOption(nameOption())
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, (output, logger) => {
        const { relay, pair, name } = flags
        const given = {
          relay: text(relay),
          pair: text(pair),
          signIn: isOn(flags['signIn'], 'CLOUDTOLOCALLLM_SIGN_IN'),
          audience: text(flags['audience']),
          name: text(name),
          upstreamUrl: upstreamOf(flags),
        }
        return bridge({ ...given, dataDir: dataDirOf(flags) }, logger, output)
      }),
    )
}

function addSignOut(program: Command): void {
  program
    .command('sign-out')
    .description('sign this device out of its relay and revoke its tokens')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => run(flags, (output) => signOutHere(dataDirOf(flags), output)))
}

function addPair(program: Command): void {
  program
    .command('pair')
    .description('pair this device with a relay')
    .argument('<code>', 'pairing code printed by the relay')
    .addOption(relayOption('URL of the relay that issued the code').makeOptionMandatory())
    .addOption(nameOption())
    .addOption(dataDirOption())
    .action((code: string, flags: CommandFlags) =>
      run(flags, (output) => {
        const { relay, name } = flags
        return pair({ relay: text(relay) ?? '', code, name: text(name), dataDir: dataDirOf(flags) }, output)
      }),
    )
}

function addUpstream(program: Command): void {
  const upstream = program.command('upstream').description('manage the API key of the model server')
  upstream
    .command('set-key')
    .description('save the key, read from a file, CLOUDTOLOCALLLM_UPSTREAM_KEY or standard input')
    .addOption(upstreamOption())
    .option('--key-file <file>', 'file that contains the key (env: CLOUDTOLOCALLLM_UPSTREAM_KEY_FILE)')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, (output) =>
        setUpstreamKey(
          { dataDir: dataDirOf(flags), upstreamUrl: upstreamOf(flags), keyFile: text(flags['keyFile']) },
          output,
        ),
      ),
    )
  upstream
    .command('remove-key')
    .description('remove the saved key')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => run(flags, (output) => removeUpstreamKey(dataDirOf(flags), output)))
}

function addDevices(program: Command): void {
  const devices = program.command('devices').description('manage the devices of this device’s owner')
  devices
    .command('list')
    .description('list devices that have connected since the relay started')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => run(flags, (output) => listDevices(dataDirOf(flags), output)))
  devices
    .command('revoke')
    .description('disconnect another device and revoke its credential')
    .argument('<device>', 'id or name')
    .addOption(dataDirOption())
    .action((device: string, flags: CommandFlags) =>
      run(flags, (output) => revokeDevice(dataDirOf(flags), device, output)),
    )
}

function addUsage(program: Command): void {
  const usage = program
    .command('usage')
    .description('show how this device was used; counts only, for 90 days')
  usage
    .command('show')
    .description('print requests, tokens and median durations by day, model and key')
    .option('--days <n>', 'number of days up to today (default: 30)')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, (output) => showUsage(dataDirOf(flags), text(flags['days']), output)),
    )
  usage
    .command('export')
    .description('print everything as CSV')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => run(flags, (output) => exportUsage(dataDirOf(flags), output)))
  usage
    .command('clear')
    .description('delete everything')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => run(flags, (output) => clearUsage(dataDirOf(flags), output)))
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the path from client to model and suggest fixes')
    .addOption(relayOption('URL of the relay (default: the one this device is paired with)'))
    .addOption(upstreamOption())
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, async (output) => {
        process.exitCode = await doctorCommand({
          relay: text(flags['relay']),
          dataDir: dataDirOf(flags),
          upstream: upstreamOf(flags),
          output,
          env: process.env,
          clock: systemClock,
        })
      }),
    )
}

function toOneLine(text: string): string {
  return text.replace(/^error: /, '').replaceAll(/\n(?=.)/g, ' ')
}
