import type { Command } from 'commander'
import { acquire } from '../bridge/data-dir/owner-lock.ts'
import { discoverUpstream } from '../bridge/upstream/discovery.ts'
import { loadRelayConfig } from '../relay/config-file.ts'
import { startRelay, type Relay } from '../relay/relay.ts'
import { warnOfVariables } from '../relay/variable-warnings.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { Demo } from './demo.ts'
import type { DesktopEnd, StartContext } from './desktop-end.ts'
import { findElectron, hasDisplay } from './electron-program.ts'
import {
  dataDirOf,
  dataDirOption,
  isOn,
  run,
  text,
  upstreamOf,
  upstreamOption,
  type CommandFlags,
} from './flags.ts'
import { loggerFor } from './run-command.ts'
import { NoWindowError } from './startup-monitor.ts'
import type { Output } from './output.ts'
import { shutdownAsked } from './shutdown.ts'
import { startApp } from './start-app.ts'
import { startHere } from './start-here.ts'
import { greet, tryOut } from './try-out.ts'
import { wordsFor } from '../shared/words.ts'

/** The desktop end has stopped by then: a client that is still reading must not keep the terminal waiting. */
const DRAIN_MS = 10_000

interface StartOptions {
  readonly port: string | undefined
  readonly upstreamUrl: string | undefined
  readonly demo: boolean
  readonly headless: boolean
  readonly dataDir: string
}

/** The relay parses the environment variables of its options itself, since it knows their precedence. */
export function defineStart(command: Command): void {
  command
    .option('--port <n>', 'port of the relay, 0 for any free port (default: 3001, env: PORT)')
    .addOption(upstreamOption())
    .option('--demo', 'use the built-in demo model (env: CLOUDTOLOCALLLM_DEMO=1)')
    .option('--headless', 'run without a window (env: CLOUDTOLOCALLLM_HEADLESS=1)')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, async (output, level) => {
        const demo = isOn(flags['demo'], 'CLOUDTOLOCALLLM_DEMO')
        const headless = isOn(flags['headless'], 'CLOUDTOLOCALLLM_HEADLESS')
        const [port, upstreamUrl] = [text(flags['port']), upstreamOf(flags)]
        const options = { port, upstreamUrl, demo, headless, dataDir: dataDirOf(flags) }
        await start(options, await loggerFor(level, output), output)
      }),
    )
}

/**
 * Runs relay, desktop end and, if needed, the demo model until stopped. The desktop end runs in the app if this machine
 * can show it, otherwise in this process.
 */
async function start(options: StartOptions, logger: Logger, output: Output): Promise<void> {
  const shutdown = shutdownAsked()
  const { dataDir, port, upstreamUrl, demo: isDemoAsked } = options
  // A domain is for a relay that others can reach.
  const { DOMAIN: _, ...env } = process.env
  const config = loadRelayConfig(
    { port, dataDir, host: '127.0.0.1', pairingEnabled: 'true', drainMs: DRAIN_MS },
    env,
  )
  warnOfVariables(process.env, logger)
  // Checked before the relay's port: that the directory is in use is the more helpful error.
  await (await acquire(dataDir)).close()
  if (upstreamUrl !== undefined && !isDemoAsked) await refuseMissing(upstreamUrl)
  const program = options.headless ? undefined : appProgram(output)
  const demo = new Demo()
  let relay: Relay | undefined
  try {
    relay = await startRelay({ config, clock: systemClock, logger, onPairingCode: () => {} })
    const { owner } = config
    const around = { dataDir, relay, owner, upstreamUrl, isDemoAsked, demo, logger, output }
    const isDone = program !== undefined && (await wasShown(program, around, shutdown))
    if (!isDone) await serve(await startHere(around), around, shutdown)
  } finally {
    await relay?.close()
    await demo.close()
  }
}

/** Fails early if the given model server does not respond. @throws AppError CONFIG_INVALID */
async function refuseMissing(upstreamUrl: string): Promise<void> {
  const found = await discoverUpstream({ explicitUrl: upstreamUrl, env: {} })
  if (found.kind === 'missing')
    throw new AppError('CONFIG_INVALID', `--upstream: ${wordsFor(found.reason, 'cli')}`)
}

/** Electron's executable, if there is also a display; otherwise prints what is missing. */
function appProgram(output: Output): string | undefined {
  const isSeen = hasDisplay(process.env, process.platform)
  const program = isSeen ? findElectron(process.env) : undefined
  if (!isSeen) output.warn('No display: running without a window.')
  else if (program === undefined) output.warn('Electron is not installed: running without a window.')
  return program
}

/** Runs with the app. Returns false if it cannot be shown after all. */
async function wasShown(program: string, around: StartContext, shutdown: Promise<void>): Promise<boolean> {
  try {
    await serve(await startApp(program, around), around, shutdown)
    return true
  } catch (cause) {
    if (!(cause instanceof NoWindowError)) throw cause
    around.output.warn(`${cause.message}: running without a window.`)
    return false
  }
}

/** Tests a desktop end, and runs it until the process is stopped or the user quits. */
async function serve(desktop: DesktopEnd, around: StartContext, shutdown: Promise<void>): Promise<void> {
  try {
    const over = Promise.race([desktop.over, shutdown])
    const snapshot = await Promise.race([desktop.online, over])
    const welcome = snapshot && (await Promise.race([tryOut(snapshot, desktop, around), over]))
    if (welcome !== undefined) greet(welcome, around.output)
    await over
  } finally {
    await desktop.close()
  }
}
