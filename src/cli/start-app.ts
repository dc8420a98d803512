import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
// Real timers instead of the clock port: this waits for another process.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { askDefaultKey, askStatus } from '../bridge/profile/status-commands.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { localUrlOf, type DesktopEnd, type StartContext } from './desktop-end.ts'
import { NoWindowError, StartupMonitor } from './startup-monitor.ts'
import type { Output } from './output.ts'
import { StatusLine } from './status-line.ts'
import { TerminalText } from './terminal-text.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

const MAIN = fileURLToPath(new URL('../main/main.js', import.meta.url))

const OPENING_POLL_MS = 100
const ONLINE_POLL_MS = 1_000
/** The app aborts running streams, as expected after Ctrl-C. */
const QUIT_TIMEOUT_MS = 5_000
const LAST_WORDS_MS = 500
/** Signals that end a program deliberately. */
const POLITE_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
const MAX_REASON_CHARS = 200

/** Runs the desktop end in the app. @param program Electron's executable */
export async function startApp(program: string, around: StartContext): Promise<DesktopEnd> {
  return new AppProcess(program, await argsFor(around), around)
}

async function argsFor({ dataDir, relay, owner, upstreamUrl, isDemoAsked, demo }: StartContext) {
  const place = ['--data-dir', dataDir, '--relay', localUrlOf(relay), '--pair', relay.mintPairingCode(owner)]
  if (isDemoAsked) return [...place, '--upstream', await demo.origin()]
  if (upstreamUrl !== undefined) return [...place, '--upstream', upstreamUrl]
  return [...place, '--demo-fallback', await demo.origin()]
}

/**
 * The app in its own process. Its status is queried over the control socket; it quits when its IPC channel closes, so
 * it never runs longer than this process.
 */
class AppProcess implements DesktopEnd {
  readonly #child: ChildProcess
  readonly #dataDir: string
  readonly #output: Output
  readonly #online = Promise.withResolvers<BridgeSnapshot>()
  readonly #over = Promise.withResolvers<void>()
  readonly #gone = Promise.withResolvers<void>()
  readonly #opening = new StartupMonitor(systemClock.monotonic())
  #isOnline = false
  #isGone = false
  #lastLine = ''
  #lastQuestion = ''

  constructor(program: string, args: readonly string[], { dataDir, output }: StartContext) {
    this.#dataDir = dataDir
    this.#output = output
    this.#child = spawn(program, [MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Electron-based editors set this variable for child processes; Electron would then run as plain Node.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: undefined },
    })
    this.#child.on('error', ({ message }) => this.#ended(message))
    this.#child.on('exit', (code, signal) => void this.#exited(reasonFor(code, signal)))
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#heard(text))
    this.#watch().catch((cause: unknown) => this.#over.reject(toAppError(cause)))
  }

  get online(): Promise<BridgeSnapshot> {
    return this.#online.promise
  }

  get over(): Promise<void> {
    return this.#over.promise
  }

  async defaultKey(): Promise<string> {
    const key = await askDefaultKey(this.#dataDir)
    if (key === null) throw new AppError('BRIDGE_STOPPED', 'The app ended before it returned a key.')
    return key
  }

  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    const hanging = setTimeout(() => this.#child.kill('SIGKILL'), QUIT_TIMEOUT_MS)
    await this.#gone.promise
    clearTimeout(hanging)
    this.#output.endLive()
  }

  /** Polls its status while it runs. @throws AppError if it cannot get online */
  async #watch(): Promise<void> {
    const status = new StatusLine(this.#output)
    while (!this.#isGone) {
      const snapshot = await this.#ask()
      if (snapshot !== null) status.show(snapshot, systemClock.now())
      if (!this.#isOnline && this.#opening.isDone(snapshot, systemClock.monotonic())) {
        this.#isOnline = true
        this.#online.resolve(snapshot)
      }
      await sleep(this.#isOnline ? ONLINE_POLL_MS : OPENING_POLL_MS, undefined, { ref: false })
    }
  }

  async #ask(): Promise<BridgeSnapshot | null> {
    try {
      return await askStatus(this.#dataDir)
    } catch (cause) {
      const { code, message } = toAppError(cause)
      if (code === 'SECRETS_UNAVAILABLE') this.#waitForUser(message)
      return null
    }
  }

  /** The app asks in its window where to store secrets. */
  #waitForUser(question: string): void {
    this.#opening.waitForUser(systemClock.monotonic())
    if (question !== this.#lastQuestion) this.#output.warn(question)
    this.#lastQuestion = question
  }

  /** Chromium's log output only matters if the app fails. */
  #heard(text: string): void {
    this.#lastLine = text.trim().split('\n').at(-1)?.slice(0, MAX_REASON_CHARS) || this.#lastLine
    if (process.env['LOG_LEVEL']) this.#output.warn(TerminalText.lines(text.trimEnd()))
  }

  /** The last output may still arrive; orphaned child processes may keep the pipe open for longer. */
  async #exited(reason: string | null): Promise<void> {
    await Promise.race([once(this.#child, 'close'), sleep(LAST_WORDS_MS, undefined, { ref: false })])
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy()
    this.#ended(reason)
  }

  /** @param reason `null` for a deliberate end */
  #ended(reason: string | null): void {
    this.#isGone = true
    this.#gone.resolve()
    if (reason === null) return this.#over.resolve()
    const whole = this.#lastLine === '' ? reason : `${reason}: ${this.#lastLine}`
    const error = new AppError('BRIDGE_STOPPED', `The app ended unexpectedly (${whole}).`)
    this.#over.reject(this.#opening.hasAnswered ? error : new NoWindowError(whole))
  }
}

function reasonFor(code: number | null, signal: NodeJS.Signals | null): string | null {
  if (code === 0 || POLITE_SIGNALS.includes(signal)) return null
  return signal ?? `exit code ${code}`
}
