import { beforeEach, describe, expect, it } from 'vitest'
import type { AttemptResult, Report } from '../../front/client-exchange.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { Breaker, Breakers } from './breaker.ts'

const PAUSE_MS = 10_000

let clock: FakeClock
beforeEach(() => {
  clock = new FakeClock()
})

function requests(target: { enter: () => Report }, ...results: AttemptResult[]): void {
  for (const result of results) target.enter()(result)
}

describe('Breaker', () => {
  let breaker: Breaker
  beforeEach(() => {
    breaker = new Breaker({ clock, failures: 3, pauseMs: PAUSE_MS })
  })
  const refusal: unknown = expect.objectContaining({ code: 'CIRCUIT_OPEN', retryAfterS: 10 })

  it('opens after consecutive failures, and then refuses immediately', () => {
    requests(breaker, 'failed', 'failed', 'works', 'failed', 'failed')
    expect(breaker.isOpen).toBe(false)
    requests(breaker, 'failed')
    expect(breaker.isOpen).toBe(true)
    expect(() => breaker.enter()).toThrow(refusal)
  })

  it('counts a cancelled request neither as a failure nor as a success', () => {
    requests(breaker, 'failed', 'unknown', 'failed', 'unknown', 'unknown')
    expect(breaker.isOpen).toBe(false)
    requests(breaker, 'failed')
    expect(breaker.isOpen).toBe(true)
  })

  it('lets only one request through after the pause, however long a model loads', () => {
    requests(breaker, 'failed', 'failed', 'failed')
    clock.advance(PAUSE_MS)
    const report = breaker.enter()
    expect(() => breaker.enter()).toThrow(refusal)
    report('works')
    expect(breaker.isOpen).toBe(false)
    requests(breaker, 'failed', 'failed')
    expect(breaker.isOpen).toBe(false)
  })

  it.each<AttemptResult>(['failed', 'unknown'])('stays open after a try that %s', (finding) => {
    requests(breaker, 'failed', 'failed', 'failed')
    clock.advance(PAUSE_MS)
    requests(breaker, finding)
    expect(() => breaker.enter()).toThrow(refusal)
    clock.advance(PAUSE_MS)
    requests(breaker, 'works')
    expect(breaker.isOpen).toBe(false)
  })

  it('ignores requests that started before it opened', () => {
    const old = breaker.enter()
    requests(breaker, 'failed', 'failed', 'failed')
    old('works')
    expect(() => breaker.enter()).toThrow(refusal)
  })
})

describe('Breakers', () => {
  it('are separate for each tunnel, and are reset by a new announcement', () => {
    const breakers = new Breakers({ clock, failures: 1, pauseMs: PAUSE_MS })
    const [tunnel, other] = [{ announcement: {} }, { announcement: {} }]
    requests({ enter: () => breakers.enter(tunnel) }, 'failed')
    expect([breakers.isOpen(tunnel), breakers.isOpen(other)]).toEqual([true, false])
    tunnel.announcement = {}
    expect(breakers.isOpen(tunnel)).toBe(false)
    requests({ enter: () => breakers.enter(tunnel) }, 'works')
  })
})
