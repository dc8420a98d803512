#!/usr/bin/env node
import { setDefaultCACertificates } from 'node:tls'
import { Command, CommanderError, Option } from 'commander'
import { caFor } from '../bridge/dial/certificate-authorities.ts'
import { dataDirFor } from '../bridge/data-dir/paths.ts'
import { connectableOrigin } from '../bridge/upstream/ollama-host.ts'
import { parseRelayConfig } from '../relay/config.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { redactText } from '../shared/redact.ts'
import { VERSION } from '../shared/version.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { bridge, pair } from './bridge.ts'
import { createKey, listKeys, revokeKey } from './keys.ts'
import { createOutput, exitCodeFor, type Output } from './output.ts'
import { createLogger } from './pino-logger.ts'
import { relay } from './relay.ts'
import { start } from './start.ts'

/** Options as commander hands them over: text, or true for a flag. */
type Flags = Readonly<Record<string, string | boolean | undefined>>

const dataDirOption = () =>
  new Option('--data-dir <dir>', 'where settings, keys and the pairing are kept').env('CLOUDTOLOCALLLM_DATA_DIR')
const upstreamOption = () =>
  new Option('--upstream <url>', 'the model server (default: the one that is found)').env('CLOUDTOLOCALLLM_UPSTREAM')
const relayOption = () => new Option('--relay <url>', 'the relay').env('CLOUDTOLOCALLLM_RELAY')
const nameOption = () => new Option('--name <name>', 'what this machine is called').env('CLOUDTOLOCALLLM_NAME')

function createProgram(): Command {
  const program = new Command('cloudtolocalllm')
    .description('Reach the Ollama on your desktop from anywhere, with a URL and a key, without opening a port.')
    .version(VERSION)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '')) })
    .exitOverride()
  addStart(program)
  addRelay(program)
  addBridge(program)
  addKeys(program)
  addDoctor(program)
  for (const command of [...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.option('--json', 'one JSON object a line on stdout, and nothing else').exitOverride()
  return program
}

function addStart(program: Command): void {
  program
    .command('start')
    .description('run everything on this machine: relay, bridge, and the model server that is found')
    .addOption(new Option('--port <n>', 'port of the relay, 0 = any (default: 3001)').env('PORT'))
    .addOption(upstreamOption())
    .option('--demo', 'use the built-in demo model')
    .option('--headless', 'without a window')
    .addOption(dataDirOption())
    .action((flags: Flags) =>
      run(flags, (output, logger) =>
        start(
          {
            port: text(flags['port']),
            upstreamOrigin: originOf(flags),
            demo: flags['demo'] === true,
            dataDir: dataDirOf(flags),
          },
          logger,
          output,
        ),
      ),
    )
}

function addRelay(program: Command): void {
  program
    .command('relay')
    .description('run a relay: the public end')
    .option('--host <host>', 'address to listen at (default: 127.0.0.1)')
    .option('--port <n>', 'port, 0 = any (default: 3001)')
    .option('--public-url <url>', 'what clients use, where a reverse proxy stands in front')
    .option('--owner <name>', 'whom the pairing code is for (default: owner)')
    .addOption(dataDirOption())
    .action((flags: Flags) =>
      run(flags, (output, logger) => {
        const { host, port, publicUrl, owner } = flags
        const given = { host: text(host), port: text(port), publicUrl: text(publicUrl), owner: text(owner) }
        return relay(parseRelayConfig({ ...given, dataDir: dataDirOf(flags) }, process.env), logger, output)
      }),
    )
}

function addBridge(program: Command): void {
  program
    .command('bridge')
    .description('run a headless bridge: the desktop end')
    .addOption(relayOption())
    .option('--pair <code>', 'pair with the relay first')
    .addOption(upstreamOption())
    .addOption(nameOption())
    .addOption(dataDirOption())
    .action((flags: Flags) =>
      run(flags, (output, logger) =>
        bridge(
          {
            relay: text(flags['relay']),
            pair: text(flags['pair']),
            upstreamOrigin: originOf(flags),
            name: text(flags['name']),
            dataDir: dataDirOf(flags),
          },
          logger,
          output,
        ),
      ),
    )
  program
    .command('pair')
    .description('pair this device with a relay')
    .argument('<code>', 'the code that the relay shows')
    .addOption(relayOption().makeOptionMandatory())
    .addOption(nameOption())
    .addOption(dataDirOption())
    .action((code: string, flags: Flags) =>
      run(flags, (output) =>
        pair({ relay: text(flags['relay']) ?? '', code, name: text(flags['name']), dataDir: dataDirOf(flags) }, output),
      ),
    )
}

function addKeys(program: Command): void {
  const keys = program.command('keys').description('API keys for clients')
  keys
    .command('create')
    .description('make a key; it is shown once')
    .option('--name <name>', 'what the key is for', 'key')
    .option('--scopes <list>', 'what it may do: inference, read, manage, account, cloud (default: inference,read)')
    .option('--models <list>', 'the models that it may use (default: all)')
    .option('--expires <when>', '30d, 12h, a date, or never (default: never)')
    .option('--requests-per-minute <n>', 'limit of requests a minute (default: none)')
    .option('--max-concurrent <n>', 'limit of requests at once (default: none)')
    .addOption(dataDirOption())
    .action((flags: Flags) =>
      run(flags, (output) =>
        createKey(
          dataDirOf(flags),
          {
            name: text(flags['name']) ?? 'key',
            scopes: text(flags['scopes']),
            models: text(flags['models']),
            expires: text(flags['expires']),
            requestsPerMinute: text(flags['requestsPerMinute']),
            maxConcurrent: text(flags['maxConcurrent']),
          },
          output,
        ),
      ),
    )
  keys
    .command('list')
    .description('show all keys, without their text')
    .addOption(dataDirOption())
    .action((flags: Flags) => run(flags, (output) => listKeys(dataDirOf(flags), output)))
  keys
    .command('revoke')
    .description('make a key worthless, at once')
    .argument('<key>', 'its id or name')
    .addOption(dataDirOption())
    .action((key: string, flags: Flags) => run(flags, (output) => revokeKey(dataDirOf(flags), key, output)))
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check everything between a client and the model, and say what to mend')
    .addOption(relayOption())
    .addOption(upstreamOption())
    .addOption(dataDirOption())
    .action((flags: Flags) =>
      run(flags, async (output) => {
        const { doctorCommand } = await import('./doctor.ts')
        process.exitCode = await doctorCommand({
          relay: text(flags['relay']),
          dataDir: dataDirOf(flags),
          upstream: originOf(flags),
          json: output.isJson,
          stdout: process.stdout,
          env: process.env,
          clock: systemClock,
        })
      }),
    )
}

/** Runs a command's work and turns what it throws into one line and an exit code. */
async function run(flags: Flags, work: (output: Output, logger: Logger) => Promise<void>): Promise<void> {
  const output = createOutput(flags['json'] === true)
  try {
    setDefaultCACertificates(caFor(process.env))
    await work(output, createLogger({ level: logLevel(), format: output.isJson ? 'json' : 'text' }))
  } catch (cause) {
    const error = toAppError(cause)
    output.json({ event: 'error', code: error.code, message: redactText(error.message) })
    output.warn(redactText(error.message))
    process.exitCode = exitCodeFor(error)
  }
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** People at a terminal want to hear of trouble only; operators set LOG_LEVEL. */
function logLevel(): (typeof LEVELS)[number] {
  const asked = process.env['LOG_LEVEL']
  if (asked === undefined || asked === '') return 'warn'
  const level = LEVELS.find((known) => known === asked)
  if (level === undefined) throw new AppError('CONFIG_INVALID', `LOG_LEVEL must be one of ${LEVELS.join(', ')}`)
  return level
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function dataDirOf(flags: Flags): string {
  return dataDirFor(text(flags['dataDir']), process.env)
}

function originOf(flags: Flags): string | undefined {
  const upstream = text(flags['upstream'])
  return upstream === undefined ? undefined : connectableOrigin(upstream)
}

try {
  await createProgram().parseAsync()
} catch (cause) {
  // Commander has said what is wrong already, and exits with 0 after --help and --version.
  if (!(cause instanceof CommanderError)) throw cause
  process.exitCode = cause.exitCode === 0 ? 0 : 2
}
