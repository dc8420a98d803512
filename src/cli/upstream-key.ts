import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { askUrlInUse } from '../bridge/doctor/upstream.ts'
import { openUpstreamKey } from '../bridge/profile/profile.ts'
import type { ControlRequest } from '../bridge/data-dir/control.ts'
import { withDataDir } from '../bridge/data-dir/owner-lock.ts'
import { upstreamKeyHandlers } from '../bridge/upstream/upstream-key-commands.ts'
import { keyIn, readKeyFile } from '../bridge/upstream/upstream-key.ts'
import { AppError } from '../shared/errors.ts'
import {
  dataDirOf,
  dataDirOption,
  runOffline,
  text,
  upstreamOf,
  upstreamOption,
  type CommandFlags,
} from './flags.ts'
import { noticesOn } from './open-profile.ts'
import type { Output } from './output.ts'

interface SetUpstreamKeyOptions {
  readonly dataDir: string
  /** URL of the server that needs the key, as returned by `parseUpstreamUrl`. */
  readonly upstreamUrl: string | undefined
  readonly keyFile: string | undefined
}

/** Keys are short, so longer input is a mistake. */
const MAX_INPUT_CHARS = 4096

export function defineUpstream(upstream: Command): void {
  upstream
    .command('set-key')
    .description('save the key, read from a file, CLOUDTOLOCALLLM_UPSTREAM_KEY or standard input')
    .addOption(upstreamOption())
    .option('--key-file <file>', 'file that contains the key (env: CLOUDTOLOCALLLM_UPSTREAM_KEY_FILE)')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      runOffline(flags, (output) =>
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
    .action((flags: CommandFlags) =>
      runOffline(flags, (output) => removeUpstreamKey(dataDirOf(flags), output)),
    )
}

/** Stores the model server's API key, read from a file, the environment or a prompt. @throws AppError */
async function setUpstreamKey(options: SetUpstreamKeyOptions, output: Output): Promise<void> {
  const { dataDir, keyFile } = options
  const url = options.upstreamUrl ?? (await askUrlInUse(dataDir))
  if (url === undefined)
    throw new AppError('CONFIG_INVALID', 'Specify the model server that the key is for: --upstream <url>')
  const key =
    keyFile === undefined ? (keyIn(process.env) ?? (await askForKey(url, output))) : readKeyFile(keyFile)
  if (key.trim() === '')
    throw new AppError(
      'CONFIG_INVALID',
      'No key was given. Enter one, or read it from a file: --key-file <file>',
    )
  await ask(dataDir, { op: 'upstream.setKey', url, key }, output)
  const { origin } = new URL(url)
  output.json({ event: 'upstreamKeySet', origin })
  output.say(`API key saved. It is sent to ${origin} only.`)
}

/** Deletes the stored API key. @throws AppError */
async function removeUpstreamKey(dataDir: string, output: Output): Promise<void> {
  const wasStored = await ask(dataDir, { op: 'upstream.removeKey' }, output)
  output.json({ event: 'upstreamKeyRemoved' })
  output.say(wasStored === false ? 'No API key was saved.' : 'API key removed.')
}

function ask(dataDir: string, request: ControlRequest, output: Output): Promise<unknown> {
  return withDataDir(dataDir, request, async () =>
    upstreamKeyHandlers(await openUpstreamKey(dataDir, noticesOn(output))),
  )
}

/** Read from a terminal without echo, otherwise from stdin. */
async function askForKey(url: string, output: Output): Promise<string> {
  if (!process.stdin.isTTY) return readInput()
  output.ask(`API key for ${new URL(url).origin}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    output.warn('')
  }
}

async function readInput(): Promise<string> {
  let text = ''
  for await (const piece of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
    text += piece
    if (text.length > MAX_INPUT_CHARS) break
  }
  return text
}
