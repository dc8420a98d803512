import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { WallMs } from '../../shared/brands.ts'
import { AppError } from '../../shared/errors.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { Certificate } from './certificate-store.ts'
import { type CertificateEvent, ManagedCertificate } from './managed-certificate.ts'

const DAY_MS = 86_400_000

let clock: FakeClock
let events: CertificateEvent[]
let changes: string[]
/** Answers of the authority in turn; the last one repeats. */
let outcomes: (AppError | number)[]
let asked: number
beforeEach(() => {
  clock = new FakeClock()
  events = []
  changes = []
  outcomes = [90]
  asked = 0
})

const certificate = (days: number, name = 'new'): Certificate => ({
  cert: name,
  key: '',
  notBefore: clock.now(),
  notAfter: (clock.now() + days * DAY_MS) as WallMs,
})

function manage(stored?: Certificate): ManagedCertificate {
  const managed = new ManagedCertificate({
    stored,
    obtain: async () => {
      const outcome = outcomes[Math.min(asked, outcomes.length - 1)]!
      asked++
      if (outcome instanceof AppError) throw outcome
      return certificate(outcome, `new ${asked}`)
    },
    clock,
    random: () => 0,
    onEvent: (event) => void events.push(event),
  })
  managed.watch(({ cert }) => void changes.push(cert))
  managed.start()
  return managed
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms)
  await setImmediate()
}

const isReady = (managed: ManagedCertificate) =>
  Promise.race([managed.ready.then(() => true), setImmediate(false)])
const unavailable = (retryAfterS?: number) =>
  new AppError('CERTIFICATE_UNAVAILABLE', 'no', { ...(retryAfterS && { retryAfterS }) })

describe('without a certificate', () => {
  it('gets one immediately', async () => {
    const managed = manage()
    expect(managed.pair).toBeUndefined()
    await managed.ready
    expect(managed.pair?.cert).toBe('new 1')
    expect(changes).toEqual(['new 1'])
    expect(events.map(({ kind }) => kind)).toEqual(['requested', 'installed'])
  })

  it('replaces one that has expired or is not valid yet', async () => {
    const expired = { ...certificate(90, 'old'), notAfter: clock.now() }
    expect(manage(expired).pair).toBeUndefined()
    const early = { ...certificate(90, 'old'), notBefore: (clock.now() + 1) as WallMs }
    expect(manage(early).pair).toBeUndefined()
    await setImmediate()
    expect(changes).toEqual(['new 1', 'new 2'])
  })

  it('retries with growing pauses and reports each', async () => {
    outcomes = [unavailable(), unavailable(), 90]
    const managed = manage()
    await setImmediate()
    expect(await isReady(managed)).toBe(false)
    expect(events.at(-1)).toMatchObject({ kind: 'failed', retryAt: clock.now() + 60_000 })
    await pass(59_999)
    expect(asked).toBe(1)
    await pass(1)
    expect(events.at(-1)).toMatchObject({ kind: 'failed', retryAt: clock.now() + 120_000 })
    await pass(120_000)
    expect(await isReady(managed)).toBe(true)
  })

  it('waits for as long as the authority requests', async () => {
    outcomes = [unavailable(86_400), 90]
    manage()
    await setImmediate()
    await pass(DAY_MS - 1)
    expect(asked).toBe(1)
    await pass(1)
    expect(asked).toBe(2)
  })

  it('stops retrying if only a different setting would help', async () => {
    outcomes = [new AppError('CONFIG_INVALID', 'no such name')]
    const managed = manage()
    await expect(managed.ready).rejects.toThrow('no such name')
    await pass(30 * DAY_MS)
    expect(asked).toBe(1)
  })
})

describe('with a valid certificate', () => {
  it('serves it, and renews it at two thirds of its life', async () => {
    const managed = manage(certificate(90, 'stored'))
    expect(managed.pair?.cert).toBe('stored')
    expect(await isReady(managed)).toBe(true)
    await pass(60 * DAY_MS - 1)
    expect(asked).toBe(0)
    await pass(1)
    expect(managed.pair?.cert).toBe('new 1')
    await pass(60 * DAY_MS)
    expect(changes).toEqual(['new 1', 'new 2'])
  })

  it('serves the old one until a new one is available, even if a setting is wrong', async () => {
    outcomes = [new AppError('CONFIG_INVALID', 'no'), unavailable(), 90]
    const managed = manage(certificate(90, 'stored'))
    await pass(60 * DAY_MS)
    expect(managed.pair?.cert).toBe('stored')
    await pass(60_000)
    expect(managed.pair?.cert).toBe('stored')
    await pass(120_000)
    expect(managed.pair?.cert).toBe('new 3')
  })

  it('detects within an hour that the wall clock has changed, for example after suspend', async () => {
    manage(certificate(90, 'stored'))
    clock.jump(61 * DAY_MS)
    await pass(3_600_000)
    expect(changes).toEqual(['new 1'])
  })
})

it('does nothing more once it is closed', async () => {
  outcomes = [unavailable(), 90]
  const managed = manage()
  await setImmediate()
  managed.close()
  await pass(DAY_MS)
  expect([asked, clock.pendingTimers]).toEqual([1, 0])
  const renewing = manage()
  renewing.close()
  await setImmediate()
  expect(renewing.pair).toBeUndefined()
})
