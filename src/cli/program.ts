import { Command, CommanderError } from 'commander'
import { toPlainText } from '../shared/plain-text.ts'
import { VERSION } from '../shared/version.ts'
import { commandName, createOutput } from './output.ts'

type Define = (command: Command, isAllShown: boolean) => void

/** The commands with their descriptions. Their options and work are loaded only where they are named. */
const COMMANDS: readonly (readonly [name: string, description: string, load: () => Promise<Define>])[] = [
  [
    'start',
    'run the relay and the desktop app on this computer, with the model server found on it',
    async () => (await import('./start.ts')).defineStart,
  ],
  [
    'relay',
    'run a relay, the public end of the tunnel',
    async () => (await import('./relay-command.ts')).defineRelay,
  ],
  [
    'bridge',
    'run a bridge, the desktop end of the tunnel, without a window',
    async () => (await import('./bridge.ts')).defineBridge,
  ],
  ['pair', 'pair this device with a relay', async () => (await import('./bridge.ts')).definePair],
  [
    'sign-out',
    'sign this device out of its relay and revoke its tokens',
    async () => (await import('./sign-in.ts')).defineSignOut,
  ],
  ['keys', 'manage API keys for clients', async () => (await import('./keys-command.ts')).defineKeys],
  [
    'upstream',
    'manage the API key of the model server',
    async () => (await import('./upstream-key.ts')).defineUpstream,
  ],
  ['devices', 'list and revoke your devices', async () => (await import('./devices.ts')).defineDevices],
  [
    'jobs',
    'manage jobs: work that continues without the client that started it',
    async () => (await import('./jobs-command.ts')).defineJobs,
  ],
  [
    'usage',
    'show, export or delete the usage statistics of this device',
    async () => (await import('./usage.ts')).defineUsage,
  ],
  [
    'doctor',
    'check the path from client to model and suggest fixes',
    async () => (await import('./doctor.ts')).defineDoctor,
  ],
]

const examplesOf = (name: string): string => `
Examples:
  ${name} start
  ${name} relay --domain relay.example.com
  ${name} bridge --relay https://relay.example.com --pair <code>
  ${name} bridge --relay https://relay.example.com --sign-in
  ${name} keys create --name phone --expires 30d

LOG_LEVEL=debug|info|warn|error|silent sets the level of the log on stderr
(default: warn).
Exit codes: 0 after a clean stop, 2 for wrong usage or configuration, 1 for a
failure.`

/** Runs this process's command line and sets the exit code. */
export async function runProgram(): Promise<void> {
  // A closed stdout pipe, such as of `head`, ends the process like SIGPIPE.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'))
  try {
    // Commander takes no value for its help option.
    const { argv } = process
    const program = await createProgram(argv)
    await program.parseAsync(argv.map((argument) => (argument === ALL_HELP ? '--help' : argument)))
  } catch (cause) {
    // Commander has already printed the error, and exits with 0 after --help and --version.
    if (!(cause instanceof CommanderError)) throw cause
    process.exitCode = cause.exitCode === 0 ? 0 : 2
  }
}

/** Lists every relay setting. */
const ALL_HELP = '--help=all'

async function createProgram(argv: readonly string[]): Promise<Command> {
  const name = commandName(process.env)
  const program = new Command(name)
    .description(
      'Reach the Ollama on your desktop from anywhere, with a URL and a key, without opening a port.',
    )
    .version(VERSION)
    .addHelpText('after', examplesOf(name))
    .exitOverride()
    .hook('preAction', (_program, action) => refuseEmpty(action))
  for (const [title, description, load] of COMMANDS) {
    const command = program.command(title).description(description)
    if (!argv.includes(title)) continue
    const define = await load()
    define(command, argv.includes(ALL_HELP))
    for (const leaf of command.commands.length > 0 ? command.commands : [command])
      leaf.option('--json', 'print only JSON to stdout, one object per line')
    for (const part of [command, ...command.commands]) nameHelpInErrors(part)
  }
  nameHelpInErrors(program)
  // The options of the other commands are not loaded.
  return program.configureHelp({ subcommandTerm: (command) => command.name() })
}

/** An empty value, as of an unset shell variable, must not remove a limit. Empty environment variables count as unset. */
function refuseEmpty(command: Command): void {
  const { options, registeredArguments, args } = command
  const isEmpty = (key: string): boolean =>
    command.getOptionValueSource(key) === 'cli' && command.getOptionValue(key) === ''
  const empty =
    options.find((option) => isEmpty(option.attributeName()))?.long ??
    registeredArguments.find((_argument, at) => args[at] === '')?.name()
  if (empty !== undefined) command.error(`${empty} must not be empty`)
}

/** Prints an error as one line that ends with the command to run for help. */
function nameHelpInErrors(command: Command): void {
  const path: string[] = []
  for (let at: Command | null = command; at !== null; at = at.parent) path.unshift(at.name())
  command.configureOutput({
    outputError(text, write) {
      const message = `${toPlainText(toOneLine(text))}. See: ${path.join(' ')} --help`
      // Wrong usage is found before the option is read.
      const output = createOutput(process.argv.includes('--json'))
      output.json({ event: 'error', code: 'CONFIG_INVALID', message })
      write(`${message}\n`)
    },
  })
}

function toOneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .replaceAll(/\n(?=.)/g, ' ')
    .replace(/\.?\n?$/, '')
}
