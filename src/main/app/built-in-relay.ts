import { join } from 'node:path'
import { z } from 'zod'
import type { Notify } from '../../bridge/profile/profile.ts'
import { FILES } from '../../bridge/data-dir/paths.ts'
import { reportBadFile, StoreFile } from '../../bridge/data-dir/store-file.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import type { BuiltInRelayEvent, BuiltInRelaySettings } from '../../shared/built-in-relay.ts'
import type { MonotonicMs } from '../../shared/brands.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { RELAY_REACHES, type BuiltInRelayFailure, type RelayReach } from '../../shared/ipc/relay-view.ts'
import type { Logger } from '../../shared/logger.ts'
import type { BuiltInRelayState } from '../view/app-state.ts'
import type { RelayProcess, RelayHost } from './ports.ts'
import { listenHostFor, placeFor, THIS_COMPUTER, urlHere, type RelayPlace } from './relay-place.ts'
import { MAX_TRUSTED_NETWORKS, Network, withNetworksHere, type NetworkSource } from './trusted-networks.ts'

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

const Kept = z.object({
  port: z.int().min(1).max(65_535),
  reach: z.enum(RELAY_REACHES),
  /** In which it is open to the network, the newest last. A file of an earlier version has none. */
  networks: z.array(Network).max(MAX_TRUSTED_NETWORKS).optional(),
})
type Kept = z.output<typeof Kept>

/** The port of a relay that was started without options. */
const USUAL_PORT = 3001
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
  | { readonly failure: BuiltInRelayFailure | 'noNetwork' }
  /** The URL for this device, and a code to pair it. */
  | { readonly failure: null; readonly url: string; readonly pairingCode: string }

interface Running {
  readonly process: RelayProcess
  readonly gone: Promise<void>
  /** When it began to listen; `null` until then. */
  since: MonotonicMs | null
}

class NotStarted extends Error {
  readonly failure: BuiltInRelayFailure

  constructor(failure: BuiltInRelayFailure, detail: string) {
    super(detail)
    this.failure = failure
  }
}

/**
 * The relay that runs beside the app, in its own process. From the first start on it runs with the app, until this
 * device uses another relay. The app connects to it like to any relay.
 */
export class BuiltInRelay {
  readonly #options: BuiltInRelayOptions
  readonly #file: StoreFile<Kept | null>
  readonly #networks: NetworkSource
  #running: Running | undefined
  #place = THIS_COMPUTER
  #failure: BuiltInRelayFailure | null = null
  /** Gives up the start that is waited for. */
  #giveUp = (): void => {}
  /** The next try to start it, or the next look at its address. */
  #next: Timer | undefined
  #failures = 0
  #lastStep: Promise<unknown> = Promise.resolve()

  private constructor(options: BuiltInRelayOptions, file: StoreFile<Kept | null>) {
    const { clock, relayHost } = options
    this.#options = options
    this.#file = file
    this.#networks = { clock, networks: () => relayHost.networks() }
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
    if (value === null || identity?.relayUrl !== urlHere(value.port)) return null
    return {
      port: value.port,
      reach: this.#place.closed === null ? value.reach : 'computer',
      closed: this.#place.closed,
      isStarting: (this.#running?.since ?? null) === null && this.#failure === null,
      failure: this.#failure,
    }
  }

  /**
   * Starts the relay, or starts it again with another reach, as the user asks; with the reach `network`, the user trusts
   * the network that this computer is in. A port that another program uses is replaced by a free one. If it does not
   * start, it continues as before.
   * @throws AppError CONFIG_INVALID if the choice cannot be stored
   */
  start(reach: RelayReach): Promise<BuiltInRelayOutcome> {
    return this.#inTurn(async () => {
      this.#failures = 0
      try {
        const choice = await this.#choose(reach)
        if (choice === null) return { failure: 'noNetwork' }
        await this.#end()
        const { port, pairingCode } = await this.#launchAnywhere(choice.place)
        await this.#file.update(() => ({ port, reach, networks: choice.networks }))
        this.#watch(reach)
        return { failure: null, url: urlHere(port), pairingCode }
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
    this.#giveUp()
    return this.#inTurn(() => this.#end())
  }

  /** Ends the process permanently if this device uses another relay now, or none. */
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

  /** The machine has resumed or changed its network: clients may have to use another address, or may not use it. */
  networkChanged(): Promise<void> {
    return this.#inTurn(() => this.#adapt())
  }

  /** The user trusts the network that this computer is in. @throws AppError CONFIG_INVALID if that cannot be stored */
  allowNetwork(): Promise<void> {
    return this.#inTurn(async () => {
      const { value } = this.#file
      if (value === null || this.#place.closed !== 'untrusted') return
      const networks = await withNetworksHere(this.#networks, value.networks ?? [])
      await this.#file.update(() => ({ ...value, networks }))
      await this.#adapt()
    })
  }

  async #adapt(): Promise<void> {
    const { value } = this.#file
    if (value === null || (this.#running === undefined && this.#failure === null)) return
    const place = await this.#placeFor(value)
    if (this.#running === undefined || this.#place.host !== place.host) {
      await this.#end()
      return this.#resume(place)
    }
    const hasChanged = this.#place.closed !== place.closed
    this.#place = place
    if (hasChanged) this.#options.onChange()
    this.#watch(value.reach)
  }

  /** Looks for a new network, or a new address of this computer, which clients in its network use. */
  #watch(reach: RelayReach): void {
    if (reach === 'computer') return
    this.#next?.cancel()
    this.#next = this.#options.clock.after(LOOK_EVERY_MS, () => void this.networkChanged())
  }

  async #resume(place?: RelayPlace): Promise<void> {
    const { value } = this.#file
    if (value === null || this.#running !== undefined) return
    try {
      await this.#launch(value.port, place ?? (await this.#placeFor(value)))
      this.#watch(value.reach)
      this.#options.onReturn()
    } catch (cause) {
      this.#options.logger.warn({ err: cause }, 'built-in relay not started')
      this.#retryAfter(cause instanceof NotStarted ? cause.failure : 'stopped')
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
    place: RelayPlace,
    tries = 2,
  ): Promise<{ readonly port: number; readonly pairingCode: string }> {
    const usual = this.#file.value?.port ?? USUAL_PORT
    const port = await this.#options.relayHost.choosePort(usual, listenHostFor(place))
    try {
      return { port, pairingCode: await this.#launch(port, place) }
    } catch (cause) {
      // Another program was faster.
      if (tries > 1 && cause instanceof NotStarted && cause.failure === 'portInUse')
        return this.#launchAnywhere(place, tries - 1)
      throw cause
    }
  }

  /** @returns a pairing code. @throws NotStarted */
  async #launch(port: number, place: RelayPlace): Promise<string> {
    const { dataDir, relayHost, clock } = this.#options
    const started = Promise.withResolvers<string>()
    const gone = Promise.withResolvers<void>()
    const process = relayHost.start({
      onEvent: (event) => settle(started, event),
      onExit: () => {
        started.reject(new NotStarted('stopped', 'the process has ended'))
        gone.resolve()
      },
    })
    const running: Running = { process, gone: gone.promise, since: null }
    this.#running = running
    this.#place = place
    this.#giveUp = () => started.reject(new NotStarted('stopped', 'the process does not respond'))
    const deadline = clock.after(START_TIMEOUT_MS, this.#giveUp)
    const settings: BuiltInRelaySettings = {
      dataDir: join(dataDir, FILES.relayData),
      host: listenHostFor(place),
      port,
      publicUrl: `http://${place.host}:${port}`,
    }
    process.send({ kind: 'start', settings })
    try {
      const pairingCode = await started.promise
      this.#failure = null
      running.since = clock.monotonic()
      void running.gone.then(() => this.#ended(running))
      return pairingCode
    } catch (cause) {
      await this.#end()
      throw cause
    } finally {
      deadline.cancel()
    }
  }

  /** The user chooses a reach: where that is, and the networks that are trusted from now on. `null` without a network. */
  async #choose(
    reach: RelayReach,
  ): Promise<{ readonly place: RelayPlace; readonly networks: Network[] } | null> {
    if (reach === 'computer') return { place: THIS_COMPUTER, networks: [] }
    const host = await this.#options.relayHost.homeAddress()
    if (host === null) return null
    const networks = await withNetworksHere(this.#networks, this.#file.value?.networks ?? [])
    return { place: { host, closed: null }, networks }
  }

  async #placeFor(kept: Kept): Promise<RelayPlace> {
    const trusted = kept.networks ?? (await this.#adopt(kept))
    return placeFor(this.#options.relayHost, this.#networks, kept.reach, trusted)
  }

  /** An earlier version was open in every network: the user is taken to trust the one that this computer is in now. */
  async #adopt(kept: Kept): Promise<Network[]> {
    if (kept.reach === 'computer') return []
    const networks = await withNetworksHere(this.#networks, [])
    if (networks.length === 0) return []
    try {
      await this.#file.update(() => ({ ...kept, networks }))
    } catch (cause) {
      this.#options.logger.warn({ err: cause }, 'trusted network not stored')
    }
    return networks
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

  /** The process has crashed, unless it was asked to end. */
  #ended(running: Running): void {
    const { clock, logger, onChange } = this.#options
    if (this.#running !== running) return
    this.#running = undefined
    this.#next?.cancel()
    logger.error({}, 'built-in relay ended unexpectedly')
    if (clock.monotonic() - (running.since ?? Infinity) > MAX_RETRY_MS) this.#failures = 0
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
