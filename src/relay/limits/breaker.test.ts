import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Breaker, Breakers, type AttemptResult } from './breaker.ts'

const PAUSE_MS = 10_000

// The breaker library reads the real clock.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve))

async function requests(
  target: { enter: () => Promise<(finding: AttemptResult) => void> },
  ...findings: AttemptResult[]
) {
  for (const finding of findings) {
    const report = await target.enter()
    report(finding)
    await settled()
  }
}

describe('Breaker', () => {
  let breaker: Breaker
  beforeEach(() => {
    breaker = new Breaker({ failures: 3, pauseMs: PAUSE_MS })
  })
  const refusal = { code: 'CIRCUIT_OPEN', retryAfterS: 10 }

  it('opens on so many failures in a row, and answers at once from then on', async () => {
    await requests(breaker, 'failed', 'failed', 'works', 'failed', 'failed')
    expect(breaker.isOpen).toBe(false)
    await requests(breaker, 'failed')
    expect(breaker.isOpen).toBe(true)
    await expect(breaker.enter()).rejects.toMatchObject(refusal)
  })

  it('takes a cancelled request neither for a failure nor for a success', async () => {
    await requests(breaker, 'failed', 'unknown', 'failed', 'unknown', 'unknown')
    expect(breaker.isOpen).toBe(false)
    await requests(breaker, 'failed')
    expect(breaker.isOpen).toBe(true)
  })

  it('lets one request try after the pause, and nobody beside it, however long a model loads', async () => {
    await requests(breaker, 'failed', 'failed', 'failed')
    vi.advanceTimersByTime(PAUSE_MS)
    const report = await breaker.enter()
    await expect(breaker.enter()).rejects.toMatchObject(refusal)
    report('works')
    await settled()
    expect(breaker.isOpen).toBe(false)
    await requests(breaker, 'failed', 'failed')
    expect(breaker.isOpen).toBe(false)
  })

  it.each<AttemptResult>(['failed', 'unknown'])('stays open after a try that %s', async (finding) => {
    await requests(breaker, 'failed', 'failed', 'failed')
    vi.advanceTimersByTime(PAUSE_MS)
    await requests(breaker, finding)
    await expect(breaker.enter()).rejects.toMatchObject(refusal)
    vi.advanceTimersByTime(PAUSE_MS)
    await requests(breaker, 'works')
    expect(breaker.isOpen).toBe(false)
  })

  it('does not hear of what began before it opened', async () => {
    const old = await breaker.enter()
    await requests(breaker, 'failed', 'failed', 'failed')
    old('works')
    await settled()
    await expect(breaker.enter()).rejects.toMatchObject(refusal)
  })
})

describe('Breakers', () => {
  it('keep tunnels apart, and look afresh once the device has announced itself again', async () => {
    const breakers = new Breakers({ failures: 1, pauseMs: PAUSE_MS })
    const [tunnel, other] = [{ announcement: {} }, { announcement: {} }]
    await requests({ enter: () => breakers.enter(tunnel) }, 'failed')
    expect([breakers.isOpen(tunnel), breakers.isOpen(other)]).toEqual([true, false])
    tunnel.announcement = {}
    expect(breakers.isOpen(tunnel)).toBe(false)
    await requests({ enter: () => breakers.enter(tunnel) }, 'works')
  })
})
