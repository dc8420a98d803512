import { join } from 'node:path'
import { z } from 'zod'
import { reportBadFile, type Notify } from '../../bridge/profile/profile.ts'
import { FILES } from '../../bridge/data-dir/paths.ts'
import { StoreFile } from '../../bridge/data-dir/store-file.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import type { BuiltInRelayEvent, BuiltInRelaySettings } from '../../shared/built-in-relay.ts'
import type { MonotonicMs } from '../../shared/brands.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { RELAY_REACHES, type BuiltInRelayFailure, type RelayReach } from '../../shared/ipc/relay-view.ts'
import type { Logger } from '../../shared/logger.ts'
import type { BuiltInRelayState } from '../view/app-state.ts'
import type { RelayProcess, RelayHost } from './ports.ts'

export interface BuiltInRelayOptions {
  readonly dataDir: string
  readonly relayHost: RelayHost
  readonly clock: Clock
  readonly logger: Logger
  readonly notify: Notify
  readonly onChange: () => void
  /** It runs again, so this device can connect. */
  readonly onReturn: () => void
}

const Kept = z.object({ port: z.int().min(1).max(65_535), reach: z.enum(RELAY_REACHES) })
type Kept = z.output<typeof Kept>

/** The port of a relay that was started without options. */
const USUAL_PORT = 3001
const LOOPBACK = '127.0.0.1'
/** The first start after an installation may wait for a virus scanner. */
const START_TIMEOUT_MS = 60_000
/** Longer than the relay lets requests finish, and shorter than the app may take to quit. */
const STOP_TIMEOUT_MS = 3_000
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000
/** A router may assign another address at any time. */
const LOOK_EVERY_MS = 30_000

/** A started relay, or why it did not start. */
export type BuiltInRelayOutcome =
  | { readonly failure: BuiltInRelayFailure }
  /** The URL for this device, and a code to pair it. */
  | { readonly failure: null; readonly url: string; readonly pairingCode: string }

interface Running {
  readonly process: RelayProcess
  readonly gone: Promise<void>
  /** The host in the URL for clients. */
  readonly host: string
  readonly since: MonotonicMs
}

class NotStarted extends Error {
  readonly failure: BuiltInRelayFailure

  constructor(failure: BuiltInRelayFailure, detail: string) {
    super(detail)
    this.failure = failure
  }
}

/**
 * The relay that runs beside the app, in a process of its own. From the first start on it runs with the app, until this
 * device uses another relay. The app connects to it like to any relay.
 */
export class BuiltInRelay {
  readonly #options: BuiltInRelayOptions
  readonly #file: StoreFile<Kept | null>
  #running: Running | undefined
  #failure: BuiltInRelayFailure | null = null
  /** The next try to start it, or the next look at its address. */
  #next: Timer | undefined
  #failures = 0
  #lastStep: Promise<unknown> = Promise.resolve()

  private constructor(options: BuiltInRelayOptions, file: StoreFile<Kept | null>) {
    this.#options = options
    this.#file = file
  }

  /** @throws AppError CONFIG_INVALID */
  static async open(options: BuiltInRelayOptions): Promise<BuiltInRelay> {
    const { dataDir, clock, notify } = options
    const onBad = reportBadFile(notify)
    const path = join(dataDir, FILES.builtInRelay)
    const file = await StoreFile.open({ path, schema: Kept.nullable(), empty: null, clock, onBad })
    return new BuiltInRelay(options, file)
  }

  /** @returns `null` if this device uses another relay, or none */
  stateFor(identity: DeviceIdentity | null): BuiltInRelayState | null {
    const { value } = this.#file
    const isUsed = value !== null && identity?.relayUrl === urlAt(value.port)
    return isUsed ? { ...value, failure: this.#failure } : null
  }

  /**
   * Starts the relay, or starts it again with another reach, as the user asks. A port that another program uses is
   * replaced by a free one. If it does not start, it continues as before.
   * @throws AppError CONFIG_INVALID if the choice cannot be stored
   */
  start(reach: RelayReach): Promise<BuiltInRelayOutcome> {
    return this.#inTurn(async () => {
      await this.#end()
      this.#failures = 0
      try {
        const { port, pairingCode } = await this.#launchAnywhere(reach)
        await this.#file.update(() => ({ port, reach }))
        return { failure: null, url: urlAt(port), pairingCode }
      } catch (cause) {
        await this.#end()
        await this.#resume()
        if (!(cause instanceof NotStarted)) throw cause
        this.#options.logger.warn({ err: cause }, 'built-in relay not started')
        return { failure: cause.failure }
      } finally {
        this.#options.onChange()
      }
    })
  }

  /** Starts the relay as before if this device uses it. A failure becomes part of the state, and the start is retried. */
  resumeFor(identity: DeviceIdentity | null): Promise<void> {
    return this.#inTurn(async () => {
      if (this.stateFor(identity) !== null) await this.#resume()
    })
  }

  /** Ends the process until the next start of the app. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#end())
  }

  /** Ends the process for good if this device uses another relay now, or none. */
  forgetUnlessFor(identity: DeviceIdentity | null): Promise<void> {
    return this.#inTurn(async () => {
      if (this.stateFor(identity) !== null) return
      await this.#end()
      if (this.#file.value !== null)
        await this.#file
          .update(() => null)
          .catch((cause: unknown) =>
            this.#options.logger.warn({ err: cause }, 'built-in relay not forgotten'),
          )
    })
  }

  /** The machine has resumed or changed its network: clients may have to use another address. */
  networkChanged(): Promise<void> {
    return this.#inTurn(async () => {
      const { value } = this.#file
      if (value === null || (this.#running === undefined && this.#failure === null)) return
      if (this.#running !== undefined && this.#running.host === (await this.#hostFor(value.reach)))
        return this.#watch(value.reach)
      await this.#end()
      await this.#resume()
    })
  }

  /** Looks for a new address of this computer, which clients in its network use. */
  #watch(reach: RelayReach): void {
    if (reach === 'computer') return
    this.#next?.cancel()
    this.#next = this.#options.clock.after(LOOK_EVERY_MS, () => void this.networkChanged())
  }

  async #resume(): Promise<void> {
    const { value } = this.#file
    if (value === null || this.#running !== undefined) return
    try {
      await this.#launch(value)
      this.#options.onReturn()
    } catch (cause) {
      if (!(cause instanceof NotStarted)) throw cause
      this.#options.logger.warn({ err: cause }, 'built-in relay not started')
      this.#retryAfter(cause.failure)
    }
    this.#options.onChange()
  }

  #retryAfter(failure: BuiltInRelayFailure): void {
    this.#failure = failure
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, MAX_RETRY_MS)
    this.#next = this.#options.clock.after(delayMs, () => void this.#inTurn(() => this.#resume()))
  }

  /** @throws NotStarted */
  async #launchAnywhere(
    reach: RelayReach,
    tries = 2,
  ): Promise<{ readonly port: number; readonly pairingCode: string }> {
    const usual = this.#file.value?.port ?? USUAL_PORT
    const port = await this.#options.relayHost.choosePort(usual, listenHostFor(reach))
    try {
      return { port, pairingCode: await this.#launch({ port, reach }) }
    } catch (cause) {
      // Another program was faster.
      if (tries > 1 && cause instanceof NotStarted && cause.failure === 'portInUse')
        return this.#launchAnywhere(reach, tries - 1)
      throw cause
    }
  }

  /** @returns a pairing code. @throws NotStarted */
  async #launch({ port, reach }: Kept): Promise<string> {
    const { dataDir, relayHost, clock } = this.#options
    const host = await this.#hostFor(reach)
    if (host === null) throw new NotStarted('noNetwork', 'no private network')
    const started = Promise.withResolvers<string>()
    const gone = Promise.withResolvers<void>()
    const process = relayHost.start({
      onEvent: (event) => settle(started, event),
      onExit: () => {
        started.reject(new NotStarted('stopped', 'the process has ended'))
        gone.resolve()
      },
    })
    const running = { process, gone: gone.promise, host, since: clock.monotonic() }
    this.#running = running
    const deadline = clock.after(START_TIMEOUT_MS, () =>
      started.reject(new NotStarted('stopped', 'the process does not respond')),
    )
    const settings: BuiltInRelaySettings = {
      dataDir: join(dataDir, FILES.relayData),
      host: listenHostFor(reach),
      port,
      publicUrl: `http://${host}:${port}`,
    }
    process.send({ kind: 'start', settings })
    try {
      const pairingCode = await started.promise
      this.#failure = null
      void running.gone.then(() => this.#ended(running))
      this.#watch(reach)
      return pairingCode
    } catch (cause) {
      await this.#end()
      throw cause
    } finally {
      deadline.cancel()
    }
  }

  /** The host in the URL for clients; `null` without a home network. */
  async #hostFor(reach: RelayReach): Promise<string | null> {
    return reach === 'network' ? this.#options.relayHost.homeAddress() : LOOPBACK
  }

  /** Ends the process, or the retries. */
  async #end(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    this.#next?.cancel()
    this.#failure = null
    if (running === undefined) return
    running.process.send({ kind: 'stop' })
    const deadline = this.#options.clock.after(STOP_TIMEOUT_MS, () => running.process.kill())
    await running.gone
    deadline.cancel()
  }

  /** The process has crashed, unless it was told to end. */
  #ended(running: Running): void {
    const { clock, logger, onChange } = this.#options
    if (this.#running !== running) return
    this.#running = undefined
    this.#next?.cancel()
    logger.error({}, 'built-in relay ended unexpectedly')
    if (clock.monotonic() - running.since > MAX_RETRY_MS) this.#failures = 0
    this.#retryAfter('stopped')
    onChange()
  }

  /** Steps run one at a time, in the order of their calls. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#lastStep.then(step)
    this.#lastStep = result.catch(() => {})
    return result
  }
}

function settle(started: PromiseWithResolvers<string>, event: BuiltInRelayEvent): void {
  if (event.kind === 'listening') return started.resolve(event.pairingCode)
  const failure = event.code === 'PORT_IN_USE' ? 'portInUse' : 'stopped'
  started.reject(new NotStarted(failure, event.message))
}

function listenHostFor(reach: RelayReach): string {
  return reach === 'network' ? '0.0.0.0' : LOOPBACK
}

function urlAt(port: number): string {
  return `http://${LOOPBACK}:${port}/`
}
