import { isDeepStrictEqual } from 'node:util'
import type { Clock, Timer } from '../../shared/clock.ts'
import type { Discovery } from './discovery.ts'
import { probeUpstream, type Probe } from './probe.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { wordsFor } from '../../shared/words.ts'
import { refusalWords, serverAt } from './refusal.ts'
import type { UpstreamFacts, UpstreamState } from './upstream-state.ts'

/** The destination of requests, and the known facts about that server. */
export interface Target {
  readonly baseUrl: string
  /** `null` if it has only refused requests so far. */
  readonly facts: UpstreamFacts | null
}

export interface UpstreamMonitorOptions {
  readonly clock: Clock
  /** Chooses the upstream: initially, and whenever the chosen one has disappeared. Must not reject. */
  readonly discover: () => Promise<Discovery>
  /** Checks the chosen one. */
  readonly probe?: Probe
  readonly onChange: (state: UpstreamState) => void
}

const UP_INTERVAL_MS = 15_000
const DOWN_INTERVAL_MS = 5_000
/** Longer than discovery's timeout: a machine busy with a prompt is not dead. */
export const PATIENT_MS = 5_000
/** How long a detected kind is trusted: another server may take over the port unnoticed. */
const KIND_SETTLED_MS = 5 * 60_000
/** How long an unresponsive but listening server may be busy before another one may replace it. */
const BUSY_MS = 60_000

/** A probe without a key. */
export const patientProbe: Probe = (baseUrl, known) =>
  probeUpstream(baseUrl, { timeoutMs: PATIENT_MS, known })

/** Watches the upstream: every 15 s, every 5 s while it does not serve, and on demand. */
export class UpstreamMonitor {
  readonly #options: UpstreamMonitorOptions
  #state: UpstreamState = { kind: 'unknown' }
  #target: Target | null = null
  /** When the kind was last detected; monotonic. */
  #kindAskedMs = -Infinity
  #running = false
  #timer: Timer | undefined
  #checking: Promise<UpstreamState> | undefined

  constructor(options: UpstreamMonitorOptions) {
    this.#options = options
  }

  get state(): UpstreamState {
    return this.#state
  }

  /**
   * The destination of requests: the last upstream that responded, even while it is down, since it may be back already.
   */
  get target(): Target | null {
    return this.#target
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    void this.check()
  }

  /** Also cancels the effect of a running check. */
  stop(): void {
    this.#running = false
    this.#timer?.cancel()
    this.#checking = undefined
  }

  /** Forgets the chosen upstream and repeats discovery. */
  rediscover(): Promise<UpstreamState> {
    this.#target = null
    this.#checking = undefined
    return this.check()
  }

  /** Checks now. Concurrent calls share one check. */
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
    const { discover } = this.#options
    const target = this.#target
    if (target === null) return discover()
    const result = await this.#probe(target)
    switch (result.kind) {
      case 'up':
        return { kind: 'found', facts: result.facts }
      case 'refusing': {
        const { refusal } = result
        // It will serve soon.
        if (refusal.cause === 'loading') return { kind: 'refusing', refusal }
        const other = await discover()
        return other.kind === 'found' ? other : { kind: 'refusing', refusal }
      }
      case 'silent': {
        if (!result.isGone && !this.#isBusyForLong()) return missing(target)
        const other = await discover()
        return other.kind === 'missing' && isReal(target) ? missing(target) : other
      }
      case 'stranger':
        return discover()
    }
  }

  #probe({ baseUrl, facts }: Target): ReturnType<Probe> {
    const nowMs = this.#options.clock.monotonic()
    const isSettled =
      this.#state.kind === 'up' &&
      !this.#state.facts.isKindGuessed &&
      nowMs - this.#kindAskedMs < KIND_SETTLED_MS
    if (!isSettled) this.#kindAskedMs = nowMs
    const known = facts === null ? undefined : { facts, isSettled }
    const { probe = patientProbe } = this.#options
    return probe(baseUrl, known)
  }

  #isBusyForLong(): boolean {
    return this.#state.kind === 'down' && this.#options.clock.now() - this.#state.since >= BUSY_MS
  }

  #take(discovery: Discovery): void {
    this.#checking = undefined
    const next = this.#stateAfter(discovery)
    if (next.kind === 'up') this.#target = { baseUrl: next.facts.baseUrl, facts: next.facts }
    if (next.kind === 'refusing' && this.#target?.baseUrl !== next.refusal.baseUrl)
      this.#target = { baseUrl: next.refusal.baseUrl, facts: null }
    const changed = !isDeepStrictEqual(next, this.#state)
    this.#state = next
    if (this.#running) this.#schedule()
    if (changed) this.#options.onChange(next)
  }

  #stateAfter(discovery: Discovery): UpstreamState {
    switch (discovery.kind) {
      case 'found':
        return { kind: 'up', facts: discovery.facts }
      case 'refusing': {
        const { refusal } = discovery
        const reason = wordsFor(refusalWords(refusal), 'cli')
        return { kind: 'refusing', refusal, since: this.#sinceOf('refusing'), reason }
      }
      case 'missing': {
        const { baseUrl, reason } = discovery
        return { kind: 'down', baseUrl, since: this.#sinceOf('down'), reason: wordsFor(reason, 'cli') }
      }
    }
  }

  #sinceOf(kind: 'refusing' | 'down'): number {
    return this.#state.kind === kind ? this.#state.since : this.#options.clock.now()
  }

  #schedule(): void {
    // The demo stands in for a server that may start at any moment; a guessed kind has to be detected.
    const { facts } = this.#state.kind === 'up' ? this.#state : { facts: undefined }
    const isServed = facts !== undefined && facts.kind !== 'demo' && !facts.isKindGuessed
    const intervalMs = isServed ? UP_INTERVAL_MS : DOWN_INTERVAL_MS
    this.#timer = this.#options.clock.after(intervalMs, () => void this.check())
  }
}

/** A server of the user that has served before. */
function isReal({ facts }: Target): boolean {
  return facts !== null && facts.kind !== 'demo'
}

function missing({ baseUrl, facts }: Target): Discovery {
  const reason = errorCase('case.upstream.gone', { server: serverAt(baseUrl, facts?.name) })
  return { kind: 'missing', baseUrl, reason }
}
