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
import { NoWindowError } from './startup-monitor.ts'
import type { Output } from './output.ts'
import { shutdownAsked } from './shutdown.ts'
import { startApp } from './start-app.ts'
import { startHere } from './start-here.ts'
import { greet, tryOut } from './try-out.ts'

/** The desktop end has gone by then: whatever a client still reads must not keep somebody at a terminal waiting. */
const DRAIN_MS = 10_000

export interface StartOptions {
  readonly port: string | undefined
  readonly upstreamUrl: string | undefined
  readonly demo: boolean
  readonly headless: boolean
  readonly dataDir: string
}

/**
 * Runs relay, desktop end and, if need be, the demo model until it is told to stop: the desktop end in the app where this
 * machine can show it, else in this process.
 */
export async function start(options: StartOptions, logger: Logger, output: Output): Promise<void> {
  const shutdown = shutdownAsked()
  const { dataDir, port, upstreamUrl, demo: isDemoAsked } = options
  const config = loadRelayConfig(
    { port, dataDir, host: '127.0.0.1', pairingEnabled: 'true', drainMs: DRAIN_MS },
    process.env,
  )
  warnOfVariables(process.env, logger)
  // Before the relay finds its port taken: who has the directory is the better news.
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
    if (!isDone) await run(await startHere(around), around, shutdown)
  } finally {
    await relay?.close()
    await demo.close()
  }
}

/** Nothing is begun where the model server that was named does not answer. @throws AppError CONFIG_INVALID */
async function refuseMissing(upstreamUrl: string): Promise<void> {
  const found = await discoverUpstream({ explicitUrl: upstreamUrl, env: {} })
  if (found.kind === 'missing') throw new AppError('CONFIG_INVALID', `--upstream: ${found.reason}`)
}

/** Electron's program, where there is a display for it too; else says what is missing. */
function appProgram(output: Output): string | undefined {
  const isSeen = hasDisplay(process.env, process.platform)
  const program = isSeen ? findElectron(process.env) : undefined
  if (!isSeen) output.warn('No display, so without a window.')
  else if (program === undefined) output.warn('Electron is not installed, so without a window.')
  return program
}

/** Runs with the app. `false`: it cannot be shown here, whatever it looked like. */
async function wasShown(program: string, around: StartContext, shutdown: Promise<void>): Promise<boolean> {
  try {
    await run(await startApp(program, around), around, shutdown)
    return true
  } catch (cause) {
    if (!(cause instanceof NoWindowError)) throw cause
    around.output.warn(`${cause.message}, so without a window.`)
    return false
  }
}

/** Tries a desktop end out, and leaves it running until it or its user has had enough. */
async function run(desktop: DesktopEnd, around: StartContext, shutdown: Promise<void>): Promise<void> {
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
