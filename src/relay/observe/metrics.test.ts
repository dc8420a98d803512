import { beforeEach, describe, expect, it } from 'vitest'
import type { KeyDigest, OwnerId } from '../../shared/brands.ts'
import { VERSION } from '../../shared/version.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { RelayMetrics } from './metrics.ts'
import type { RequestOutcome } from './request-outcome.ts'

const ALICE = 'alice' as OwnerId
const OWNER = { kind: 'owner', subject: ALICE } as const
const PHONE = { kind: 'key', digest: 'phone' as KeyDigest } as const
const LAPTOP = { kind: 'key', digest: 'laptop' as KeyDigest } as const
const BOB = 'bob' as OwnerId
const BUSY = 'busy' as OwnerId
const OWNER_0 = 'owner-0' as OwnerId
const OWNER_10099 = 'owner-10099' as OwnerId

const FINE: RequestOutcome = {
  error: undefined,
  bytesIn: 10,
  bytesOut: 1000,
  acceptMs: 5,
  headMs: 30,
  totalMs: 40,
  tokens: 7,
}

let clock: FakeClock
let tunnels: number
let breakers: number
let hasUpstream: boolean
let metrics: RelayMetrics
beforeEach(() => {
  clock = new FakeClock()
  tunnels = 1
  breakers = 0
  hasUpstream = true
  metrics = new RelayMetrics({
    clock,
    tunnelCount: () => tunnels,
    hasUpstream: () => hasUpstream,
    openBreakerCount: () => breakers,
    waitingCount: () => 3,
    jobFigures: () => ({ connections: 5, subscriptions: 6, upstream: 4 }),
    certificateExpiryS: () => 1_800_000_000,
  })
})

function request(outcome: Partial<RequestOutcome> = {}, status = 200, count = 1): void {
  for (let i = 0; i < count; i++)
    metrics.requestStarted(ALICE, OWNER)('ollama', status, { ...FINE, ...outcome })
}

describe('exposition', () => {
  it('counts events, without owners or content', async () => {
    const finish = metrics.requestStarted(ALICE, OWNER)
    metrics.requestStarted(ALICE, OWNER)
    finish('anthropic', 404, FINE)
    request({ error: 'TUNNEL_LOST', headMs: undefined })
    metrics.heartbeat()
    metrics.resumed(300)
    metrics.resumed(0)
    metrics.connected()
    metrics.ended('REPLACED')
    metrics.firstToken(30)
    metrics.nextToken(20)
    metrics.nextToken(40)
    metrics.refused('KEY_UNKNOWN')
    metrics.jobChanged('created')
    metrics.jobUpdate('sent')
    metrics.jobUpdate('sent')
    metrics.jobUpdate('replaced')
    metrics.jobCacheRead('hit')
    tunnels = 7
    breakers = 2
    const { contentType, body } = await metrics.exposition()
    expect(contentType).toMatch('text/plain')
    for (const line of [
      'ctl_tunnels 7',
      'ctl_breakers_open 2',
      'ctl_requests_waiting 3',
      'ctl_streams_open 1',
      'ctl_job_connections 5',
      'ctl_job_subscriptions 6',
      'ctl_job_upstream_subscriptions 4',
      'ctl_job_changes_total{change="created"} 1',
      'ctl_job_updates_total{result="sent"} 2',
      'ctl_job_updates_total{result="replaced"} 1',
      'ctl_job_status_cache_total{result="hit"} 1',
      'ctl_certificate_expiry_timestamp_seconds 1800000000',
      'ctl_heartbeats_total 1',
      'ctl_resumes_total 2',
      'ctl_replayed_bytes_total 300',
      'ctl_tunnel_connects_total 1',
      'ctl_tunnel_ends_total{code="REPLACED"} 1',
      'ctl_first_token_seconds_bucket{le="0.05"} 1',
      'ctl_inter_token_seconds_bucket{le="0.025"} 1',
      'ctl_inter_token_seconds_count 2',
      `ctl_build_info{version="${VERSION}"} 1`,
      'ctl_refusals_total{code="KEY_UNKNOWN"} 1',
      'ctl_requests_total{route="anthropic",status="4xx",outcome="ok"} 1',
      'ctl_requests_total{route="ollama",status="2xx",outcome="failed"} 1',
      'ctl_body_bytes_total{direction="in"} 20',
      'ctl_body_bytes_total{direction="out"} 2000',
      'ctl_first_byte_seconds_bucket{le="0.05"} 1',
      'ctl_first_byte_seconds_count 1',
    ])
      expect(body.split('\n')).toContain(line)
    expect(body).not.toMatch(/alice|secret/)
  })

  it('records no status for a client that disconnected before the response', async () => {
    metrics.requestStarted(ALICE, OWNER)('ollama', undefined, { ...FINE, error: 'CANCELLED' })
    expect((await metrics.exposition()).body).toContain(
      'ctl_requests_total{route="ollama",status="none",outcome="cancelled"} 1',
    )
  })

  it('counts limits wherever they are hit: before, during and without a request', async () => {
    metrics.refused('TOO_MANY_STREAMS')
    metrics.refused('OFFLINE')
    request({ error: 'BODY_TOO_LARGE' }, 413)
    metrics.refused('TOO_MANY_CONNECTIONS')
    const { body } = await metrics.exposition()
    expect(body.match(/^ctl_limits_hit_total\{.*$/gm)).toEqual([
      'ctl_limits_hit_total{limit="TOO_MANY_STREAMS"} 1',
      'ctl_limits_hit_total{limit="BODY_TOO_LARGE"} 1',
      'ctl_limits_hit_total{limit="TOO_MANY_CONNECTIONS"} 1',
    ])
  })

  it('measures the process once, whatever the number of relays in it', async () => {
    const other = new RelayMetrics({
      clock,
      tunnelCount: () => 0,
      hasUpstream: () => true,
      openBreakerCount: () => 0,
      waitingCount: () => 0,
      jobFigures: () => ({ connections: 0, subscriptions: 0, upstream: 0 }),
      certificateExpiryS: () => 0,
    })
    for (const { body } of [await metrics.exposition(), await other.exposition()]) {
      expect(body).toMatch(/^process_resident_memory_bytes \d/m)
      expect(body).toMatch(/^nodejs_eventloop_lag_p99_seconds \S/m)
    }
  })

  it('keeps two relays in one process separate', async () => {
    const other = new RelayMetrics({
      clock,
      tunnelCount: () => 0,
      hasUpstream: () => true,
      openBreakerCount: () => 0,
      waitingCount: () => 0,
      jobFigures: () => ({ connections: 0, subscriptions: 0, upstream: 0 }),
      certificateExpiryS: () => 0,
    })
    metrics.heartbeat()
    expect((await other.exposition()).body).toContain('ctl_heartbeats_total 0')
  })
})

describe('snapshotFor', () => {
  it('shows an owner their own figures only', () => {
    request()
    request({ headMs: 50 })
    request({ error: 'CANCELLED', headMs: undefined })
    request({ error: 'ACK_TIMEOUT', headMs: undefined }, 504)
    request({}, 500)
    metrics.requestStarted(ALICE, OWNER)
    expect(metrics.snapshotFor(ALICE, OWNER)).toEqual({
      requests: 6,
      active: 1,
      failed: 1,
      timedOut: 1,
      cancelled: 1,
      bytesIn: 50,
      bytesOut: 5000,
      averageHeadMs: (30 + 50 + 30) / 3,
      tokens: 35,
      durationMs: 200,
      keys: [],
    })
    expect(metrics.snapshotFor(BOB, OWNER)).toMatchObject({ requests: 0, averageHeadMs: null })
  })
})

it('adds up tokens and durations by key, and shows a key only its own', () => {
  metrics.requestStarted(ALICE, PHONE)('ollama', 200, FINE)
  metrics.requestStarted(ALICE, PHONE)('ollama', 200, { ...FINE, tokens: undefined })
  metrics.requestStarted(ALICE, LAPTOP)('openai', 200, { ...FINE, tokens: 100 })
  const phone = { key: 'phone', requests: 2, tokens: 7, durationMs: 80 }
  const laptop = { key: 'laptop', requests: 1, tokens: 100, durationMs: 40 }
  expect(metrics.snapshotFor(ALICE, OWNER)).toMatchObject({
    tokens: 107,
    durationMs: 120,
    keys: [phone, laptop],
  })
  expect(metrics.snapshotFor(ALICE, PHONE).keys).toEqual([phone])
})

it('keeps the totals of the 256 keys used last', () => {
  for (let i = 0; i < 300; i++)
    metrics.requestStarted(ALICE, { kind: 'key', digest: `k${i}` as KeyDigest })('ollama', 200, FINE)
  const { keys } = metrics.snapshotFor(ALICE, OWNER)
  expect([keys.length, keys[0]?.key, keys.at(-1)?.key]).toEqual([256, 'k44', 'k299'])
})

it('removes an owner a day after their last request, unless one is still running', () => {
  request()
  metrics.requestStarted(BUSY, OWNER)
  clock.advance(24 * 3_600_000)
  metrics.requestStarted(BOB, OWNER)
  expect(metrics.snapshotFor(ALICE, OWNER).requests).toBe(1)
  clock.advance(1)
  metrics.requestStarted(BOB, OWNER)
  expect(metrics.snapshotFor(ALICE, OWNER).requests).toBe(0)
  expect(metrics.snapshotFor(BUSY, OWNER).requests).toBe(1)
})

describe('health', () => {
  it('is healthy without any tunnel or request', () => {
    tunnels = 0
    expect(metrics.health()).toEqual({
      status: 'healthy',
      checks: {
        hasConnections: false,
        successRateOk: true,
        timeoutRateOk: true,
        averageResponseTimeOk: true,
        upstream: true,
      },
    })
  })

  it('tolerates one failure in twenty, but not two', () => {
    request({}, 200, 19)
    request({ error: 'UPSTREAM_FAILED' })
    expect(metrics.health().status).toBe('healthy')
    request({}, 502)
    expect(metrics.health()).toMatchObject({
      status: 'degraded',
      checks: { successRateOk: false, timeoutRateOk: true },
    })
  })

  it('distinguishes timeouts', () => {
    request({}, 200, 10)
    request({ error: 'ACK_TIMEOUT', headMs: undefined }, 504)
    expect(metrics.health().checks).toMatchObject({ successRateOk: false, timeoutRateOk: false })
  })

  it('does not count client errors and disconnects against the relay', () => {
    request({}, 404, 10)
    request({ error: 'BODY_TOO_LARGE' }, 413, 10)
    request({ error: 'CANCELLED', headMs: undefined }, 200, 10)
    expect(metrics.health()).toMatchObject({ status: 'healthy', checks: { hasConnections: true } })
  })

  it('uses the mean time to the response head', () => {
    request({ acceptMs: 1000 })
    request({ acceptMs: 3000 })
    expect(metrics.health().checks.averageResponseTimeOk).toBe(true)
    request({ acceptMs: 2100 })
    expect(metrics.health().checks.averageResponseTimeOk).toBe(false)
  })

  it('does not mistake a model that loads for minutes for a slow relay', () => {
    request({ headMs: 240_000 }, 200, 10)
    expect(metrics.health().status).toBe('healthy')
  })

  it('is degraded if devices are connected and none has a model server', () => {
    hasUpstream = false
    expect(metrics.health()).toMatchObject({ status: 'degraded', checks: { upstream: false } })
  })

  it('forgets after five minutes', () => {
    request({}, 500, 10)
    clock.advance(5 * 60_000 - 1)
    expect(metrics.health().status).toBe('degraded')
    clock.advance(1)
    expect(metrics.health().status).toBe('healthy')
  })

  it('keeps only the latest thousand, however busy the relay is', () => {
    request({}, 500, 100)
    request({}, 200, 1000)
    expect(metrics.health().status).toBe('healthy')
  })
})

it('keeps the statistics of a limited number of owners, and of those with a running request', () => {
  metrics.requestStarted(BUSY, OWNER)
  for (let i = 0; i < 10_100; i++) metrics.requestStarted(`owner-${i}` as OwnerId, OWNER)('ollama', 200, FINE)
  expect(metrics.snapshotFor(OWNER_0, OWNER).requests).toBe(0)
  expect(metrics.snapshotFor(OWNER_10099, OWNER).requests).toBe(1)
  expect(metrics.snapshotFor(BUSY, OWNER).active).toBe(1)
})
