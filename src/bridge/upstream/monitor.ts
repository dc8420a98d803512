import { isDeepStrictEqual } from 'node:util'
import type { Clock, Timer } from '../../shared/clock.ts'
import type { Discovery } from './discovery.ts'
import { probeUpstream, type Probe, type UpstreamFacts } from './probe.ts'

/** How the upstream is. */
export type UpstreamState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'up'; readonly facts: UpstreamFacts }
  | {
      readonly kind: 'down'
      /** Where it was named to be; null where none was named and none was found. */
      readonly origin: string | null
      /** Milliseconds since the epoch. */
      readonly since: number
      /** For people. */
      readonly reason: string
    }

export interface UpstreamMonitorOptions {
  readonly clock: Clock
  /** Chooses the upstream: at first, and again whenever the chosen one falls silent. Must not reject. */
  readonly discover: () => Promise<Discovery>
  readonly probe?: Probe
  readonly onChange: (state: UpstreamState) => void
}

const UP_INTERVAL_MS = 15_000
const DOWN_INTERVAL_MS = 5_000

/** More patient than discovery: a machine that is busy with a prompt is not a dead one. */
const patientProbe: Probe = (origin, known) => probeUpstream(origin, { timeoutMs: 5_000, known })

/** Watches the upstream: every 15 s, every 5 s while it is down, and on demand. */
export class UpstreamMonitor {
  readonly #options: UpstreamMonitorOptions
  #state: UpstreamState = { kind: 'unknown' }
  #target: UpstreamFacts | null = null
  #running = false
  #timer: Timer | undefined
  #checking: Promise<UpstreamState> | undefined

  constructor(options: UpstreamMonitorOptions) {
    this.#options = options
  }

  get state(): UpstreamState {
    return this.#state
  }

  /** Where requests should go: the last upstream that answered, even while it is down, as it may be back already. */
  get target(): UpstreamFacts | null {
    return this.#target
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    void this.check()
  }

  /** A check that is under way changes nothing any more. */
  stop(): void {
    this.#running = false
    this.#timer?.cancel()
    this.#checking = undefined
  }

  /** Forgets the upstream that was chosen, and chooses anew. */
  rediscover(): Promise<UpstreamState> {
    this.#target = null
    this.#checking = undefined
    return this.check()
  }

  /** Looks now. Calls while one is looking share its result. */
  check(): Promise<UpstreamState> {
    if (this.#checking !== undefined) return this.#checking
    this.#timer?.cancel()
    const checking = this.#look().then((discovery) => {
      if (this.#checking === checking) this.#take(discovery)
      return this.#state
    })
    this.#checking = checking
    return checking
  }

  async #look(): Promise<Discovery> {
    const { discover, probe = patientProbe } = this.#options
    const facts = this.#target && (await probe(this.#target.origin, this.#target.kind))
    return facts === null ? discover() : { kind: 'found', facts }
  }

  #take(discovery: Discovery): void {
    this.#checking = undefined
    const next = this.#stateAfter(discovery)
    if (next.kind === 'up') this.#target = next.facts
    const changed = !isDeepStrictEqual(next, this.#state)
    this.#state = next
    if (this.#running) this.#schedule()
    if (changed) this.#options.onChange(next)
  }

  #stateAfter(discovery: Discovery): UpstreamState {
    if (discovery.kind === 'found') return { kind: 'up', facts: discovery.facts }
    const since = this.#state.kind === 'down' ? this.#state.since : this.#options.clock.now()
    return { kind: 'down', origin: discovery.origin, since, reason: discovery.reason }
  }

  #schedule(): void {
    // The demo stands in for a server that may be started at any moment.
    const isServed = this.#state.kind === 'up' && this.#state.facts.kind !== 'demo'
    const intervalMs = isServed ? UP_INTERVAL_MS : DOWN_INTERVAL_MS
    this.#timer = this.#options.clock.after(intervalMs, () => void this.check())
  }
}
