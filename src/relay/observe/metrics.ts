import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Dialect } from '../../shared/dialect.ts'
import { ERRORS, type ErrorCode } from '../../shared/errors.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import { HealthWindow, type TunnelHealth } from './health-window.ts'
import { OwnerFigures, type OwnerSnapshot } from './owner-figures.ts'
import { processFigures } from './process-figures.ts'
import { type RequestOutcome, verdictFor } from './request-outcome.ts'
import { Tally } from './tally.ts'

export interface RelayMetricsOptions {
  readonly clock: Clock
  /** Current number of tunnels. */
  readonly tunnelCount: () => number
  /** False if devices are connected and none has a model server. */
  readonly hasUpstream: () => boolean
  /** Number of tunnels with an open circuit breaker. */
  readonly openBreakerCount: () => number
  /** Number of queued requests. */
  readonly waitingCount: () => number
  readonly jobFigures: () => JobFigures
  /** End of the TLS certificate, in seconds since 1970; 0 without one. */
  readonly certificateExpiryS: () => number
}

/** Current numbers of those who watch jobs. */
export interface JobFigures {
  readonly connections: number
  readonly subscriptions: number
  /** Subscriptions at devices. */
  readonly upstream: number
}

/** A change to a job by a client. */
export type JobChange = 'created' | 'cancelled' | 'retried' | 'deleted'

/** Records a finished request. Call once. `status`: sent to the client, if any. */
export type FinishRequest = (dialect: Dialect, status: number | undefined, outcome: RequestOutcome) => void

/** Model loads take minutes. */
const FIRST_BYTE_BUCKETS_S = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300]
/** From a small model on a large GPU to a large one without. */
const INTER_TOKEN_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** How long an owner's metrics are kept after their last request. */
const KEEP_OWNER_MS = 24 * 3_600_000
/** Precision of the order by last request. */
const REORDER_MS = 1_000
/** Limit of owners with metrics; the least recently active ones are dropped. */
const MAX_OWNERS = 10_000
/** Entries checked per request, since the oldest ones may still be busy. */
const LOOK_AT = 16

/** The metrics of one relay, in its own registry: two relays in one process do not add up. Labels identify nobody. */
export class RelayMetrics {
  readonly #registry = new Registry()
  readonly #window: HealthWindow
  /** Least recently active first. */
  readonly #owners = new Map<string, { readonly figures: OwnerFigures; readonly askedAt: number }>()
  readonly #clock: Clock
  readonly #tunnelCount: () => number
  readonly #hasUpstream: () => boolean
  readonly #openBreakerCount: () => number
  readonly #waitingCount: () => number
  readonly #certificateExpiryS: () => number
  readonly #jobFigures: () => JobFigures
  #openStreams = 0
  readonly #tunnels = this.#gauge('ctl_tunnels', 'Tunnels, including those in their grace period')
  readonly #streams = this.#gauge('ctl_streams_open', 'Running requests')
  readonly #waiting = this.#gauge('ctl_requests_waiting', 'Queued requests')
  readonly #breakers = this.#gauge('ctl_breakers_open', 'Tunnels with an open circuit breaker')
  readonly #jobConnections = this.#gauge('ctl_job_connections', 'WebSockets on /ws/jobs')
  readonly #jobSubscriptions = this.#gauge('ctl_job_subscriptions', 'Subscriptions to jobs')
  readonly #jobUpstream = this.#gauge('ctl_job_upstream_subscriptions', 'Subscriptions to jobs at devices')
  readonly #jobChanges = this.#counter('ctl_job_changes_total', 'Changes to jobs by clients', ['change'])
  readonly #jobUpdates = new Tally(
    this.#counter('ctl_job_updates_total', 'States of jobs for watchers', ['result']),
  )
  readonly #jobCache = this.#counter(
    'ctl_job_status_cache_total',
    'Requests for a job whose device is offline',
    ['result'],
  )
  readonly #certificate = this.#gauge(
    'ctl_certificate_expiry_timestamp_seconds',
    'End of the TLS certificate, 0 without one',
  )
  readonly #heartbeats = this.#counter('ctl_heartbeats_total', 'Heartbeats sent to waiting clients')
  readonly #connects = this.#counter('ctl_tunnel_connects_total', 'Tunnels started')
  readonly #ends = this.#counter('ctl_tunnel_ends_total', 'Tunnels that ended', ['code'])
  readonly #resumes = this.#counter('ctl_resumes_total', 'Sessions resumed on a new carrier')
  readonly #replayedBytes = this.#counter('ctl_replayed_bytes_total', 'Bytes replayed on resume')
  readonly #limitsHit = this.#counter('ctl_limits_hit_total', 'Requests refused by a limit', ['limit'])
  readonly #requests = new Tally(
    this.#counter('ctl_requests_total', 'Requests that reached a tunnel', ['route', 'status', 'outcome']),
  )
  readonly #refusals = this.#counter('ctl_refusals_total', 'Requests refused by the relay', ['code'])
  readonly #ownAnswers = this.#counter('ctl_own_answers_total', 'Responses of the relay’s own endpoints', [
    'route',
  ])
  readonly #bytes = new Tally(
    this.#counter('ctl_body_bytes_total', 'Body bytes of finished requests', ['direction']),
  )
  readonly #firstByte = this.#histogram(
    'ctl_first_byte_seconds',
    'From a request to its response head',
    FIRST_BYTE_BUCKETS_S,
  )
  readonly #firstToken = this.#histogram(
    'ctl_first_token_seconds',
    'From a request to the first chunk of a streaming response',
    FIRST_BYTE_BUCKETS_S,
  )
  readonly #interToken = this.#histogram(
    'ctl_inter_token_seconds',
    'Between two chunks of a streaming response',
    INTER_TOKEN_BUCKETS_S,
  )

  constructor(options: RelayMetricsOptions) {
    const { clock, tunnelCount, hasUpstream, openBreakerCount, waitingCount } = options
    this.#clock = clock
    this.#window = new HealthWindow(clock)
    this.#tunnelCount = tunnelCount
    this.#hasUpstream = hasUpstream
    this.#openBreakerCount = openBreakerCount
    this.#waitingCount = waitingCount
    this.#certificateExpiryS = options.certificateExpiryS
    this.#jobFigures = options.jobFigures
  }

  requestStarted(ownerId: OwnerId, principal: Principal): FinishRequest {
    const owner = this.#figuresOf(ownerId)
    const key = principal.kind === 'key' ? owner.key(principal.digest) : undefined
    owner.start()
    this.#openStreams += 1
    return (dialect, status, outcome) => {
      key?.add(outcome)
      this.#finish(owner, dialect, status, outcome)
    }
  }

  refused(code: ErrorCode): void {
    this.#refusals.inc({ code })
    this.#noteLimit(code)
  }

  /** The relay itself has responded. */
  answered(route: string): void {
    this.#ownAnswers.inc({ route })
  }

  firstToken(delayMs: number): void {
    this.#firstToken.observe(delayMs / 1000)
  }

  nextToken(delayMs: number): void {
    this.#interToken.observe(delayMs / 1000)
  }

  heartbeat(): void {
    this.#heartbeats.inc()
  }

  jobChanged(change: JobChange): void {
    this.#jobChanges.inc({ change })
  }

  /** A watcher was sent a state, or a newer one has replaced it while the watcher was slow. */
  jobUpdate(result: 'sent' | 'replaced'): void {
    this.#jobUpdates.add(result)
  }

  jobCacheRead(result: 'hit' | 'miss'): void {
    this.#jobCache.inc({ result })
  }

  connected(): void {
    this.#connects.inc()
  }

  ended(code: ErrorCode): void {
    this.#ends.inc({ code })
  }

  resumed(replayedBytes: number): void {
    this.#resumes.inc()
    this.#replayedBytes.inc(replayedBytes)
  }

  health(): TunnelHealth {
    return this.#window.health(this.#tunnelCount(), this.#hasUpstream())
  }

  /** A key gets its own totals only, an owner those of all keys. */
  snapshotFor(ownerId: OwnerId, principal: Principal): OwnerSnapshot {
    return (this.#owners.get(ownerId)?.figures ?? new OwnerFigures()).snapshot(principal)
  }

  /** For Prometheus. */
  async exposition(): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#tunnels.set(this.#tunnelCount())
    this.#streams.set(this.#openStreams)
    this.#breakers.set(this.#openBreakerCount())
    this.#waiting.set(this.#waitingCount())
    this.#certificate.set(this.#certificateExpiryS())
    const { connections, subscriptions, upstream } = this.#jobFigures()
    this.#jobConnections.set(connections)
    this.#jobSubscriptions.set(subscriptions)
    this.#jobUpstream.set(upstream)
    this.#jobUpdates.flush()
    this.#requests.flush()
    this.#bytes.flush()
    const both = Registry.merge([this.#registry, processFigures()])
    return { contentType: both.contentType, body: await both.metrics() }
  }

  #finish(owner: OwnerFigures, dialect: Dialect, status: number | undefined, outcome: RequestOutcome): void {
    const verdict = verdictFor(status, outcome.error)
    owner.finish(verdict, outcome)
    this.#window.note(verdict, outcome.acceptMs)
    this.#openStreams -= 1
    const route = dialect === 'responses' ? 'openai' : dialect
    const statusClass = status === undefined ? 'none' : `${Math.trunc(status / 100)}xx`
    this.#requests.add(`${route} ${statusClass} ${verdict}`)
    this.#bytes.add('in', outcome.bytesIn)
    this.#bytes.add('out', outcome.bytesOut)
    if (outcome.headMs !== undefined) this.#firstByte.observe(outcome.headMs / 1000)
    if (outcome.error !== undefined && outcome.error !== 'CANCELLED') this.#noteLimit(outcome.error)
  }

  #noteLimit(code: ErrorCode): void {
    if (ERRORS[code].kind === 'limit') this.#limitsHit.inc({ limit: code })
  }

  #figuresOf(ownerId: OwnerId): OwnerFigures {
    const now = this.#clock.monotonic()
    const known = this.#owners.get(ownerId)
    // A map that is reordered at every request allocates its table again and again.
    const isRecent = known !== undefined && now - known.askedAt < REORDER_MS
    const figures = known?.figures ?? new OwnerFigures()
    if (!isRecent) {
      this.#owners.delete(ownerId)
      this.#owners.set(ownerId, { figures, askedAt: now })
    }
    this.#forgetBefore(now - KEEP_OWNER_MS)
    return figures
  }

  #forgetBefore(time: number): void {
    let looks = 0
    for (const [ownerId, { figures, askedAt }] of this.#owners) {
      if ((askedAt >= time && this.#owners.size <= MAX_OWNERS) || looks++ === LOOK_AT) return
      if (!figures.isBusy) this.#owners.delete(ownerId)
    }
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.#registry] })
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] })
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }
}
