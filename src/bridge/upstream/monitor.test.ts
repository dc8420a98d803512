import { beforeEach, describe, expect, it } from 'vitest'
import { errorCase } from '../../shared/error-cases.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { Discovery } from './discovery.ts'
import { UpstreamMonitor } from './monitor.ts'
import type { Known, ProbeResult } from './probe.ts'
import type { UpstreamState, UpstreamFacts, UpstreamRefusal } from './upstream-state.ts'

const factsAt = (baseUrl: string, models: string[] = ['m']): UpstreamFacts => ({
  baseUrl,
  kind: 'ollama',
  version: '1',
  models,
  name: 'Ollama 1',
})
const nothing: Discovery = { kind: 'missing', baseUrl: null, reason: errorCase('case.upstream.none') }

let clock: FakeClock
/** The current state of the simulated server. */
let world: UpstreamFacts | null
/** Overrides the known server's response. */
let answer: ProbeResult | null
let probed: string[]
let knowns: (Known | undefined)[]
let discoveries: number
let changes: UpstreamState[]
let monitor: UpstreamMonitor

const turn = () => new Promise(setImmediate)
const pass = async (ms: number) => {
  clock.advance(ms)
  await turn()
}

beforeEach(() => {
  clock = new FakeClock()
  world = factsAt('a')
  answer = null
  probed = []
  knowns = []
  discoveries = 0
  changes = []
  monitor = new UpstreamMonitor({
    clock,
    probe: (baseUrl, known) => {
      probed.push(baseUrl)
      knowns.push(known)
      const seen: ProbeResult =
        world?.baseUrl === baseUrl ? { kind: 'up', facts: world } : { kind: 'silent', isGone: true }
      return Promise.resolve(answer ?? seen)
    },
    discover: () => {
      discoveries++
      return Promise.resolve(world === null ? nothing : { kind: 'found', facts: world })
    },
    onChange: (state) => changes.push(state),
  })
})

const start = async () => {
  monitor.start()
  await turn()
}

describe('UpstreamMonitor', () => {
  it('finds the upstream, then polls it every 15 s and reports only changes', async () => {
    expect(monitor.state).toEqual({ kind: 'unknown' })
    await start()
    await pass(14_999)
    expect(probed).toEqual([])
    await pass(1)
    await pass(15_000)
    expect(probed).toEqual(['a', 'a'])
    expect([discoveries, changes]).toEqual([1, [{ kind: 'up', facts: factsAt('a') }]])
  })

  it('searches every 5 s while the demo is in use, since a real server may start', async () => {
    world = { ...factsAt('demo'), kind: 'demo' }
    await start()
    await pass(5_000)
    expect(probed).toEqual(['demo'])
  })

  it('reports new models', async () => {
    await start()
    world = factsAt('a', ['m', 'n'])
    await pass(15_000)
    expect(changes.at(-1)).toEqual({ kind: 'up', facts: world })
  })

  it('reports once that the upstream is down and since when, and polls every 5 s', async () => {
    await start()
    world = null
    await pass(15_000)
    const reason = 'Ollama 1 at a is not responding. Check that it is running.'
    const down = { kind: 'down', baseUrl: 'a', reason, since: clock.now() }
    await pass(5_000)
    await pass(5_000)
    expect([changes.length, changes[1], monitor.state]).toEqual([2, down, down])
    expect(probed).toHaveLength(3)
    world = factsAt('a')
    await pass(5_000)
    expect(changes.at(-1)).toEqual({ kind: 'up', facts: world })
  })

  it('finds another upstream when the first has disappeared', async () => {
    await start()
    world = factsAt('b')
    await pass(15_000)
    expect(changes.map((state) => state.kind)).toEqual(['up', 'up'])
    expect(monitor.target?.baseUrl).toBe('b')
  })

  it('keeps sending requests to an upstream that is down, since it may be back before the next poll', async () => {
    expect(monitor.target).toBeNull()
    await start()
    world = null
    await pass(15_000)
    expect(monitor.target).toEqual({ baseUrl: 'a', facts: factsAt('a') })
  })

  it('polls immediately on demand, once for all callers, and restarts its interval', async () => {
    await start()
    await pass(10_000)
    const [first, second] = await Promise.all([monitor.check(), monitor.check()])
    expect([first, second, probed]).toEqual([monitor.state, monitor.state, ['a']])
    await pass(10_000)
    expect([probed.length, clock.pendingTimers]).toEqual([1, 1])
  })

  it('reports nothing after stop, even if a poll was in progress', async () => {
    monitor.start()
    monitor.stop()
    await turn()
    expect([changes, clock.pendingTimers]).toEqual([[], 0])
    await start()
    expect(changes).toHaveLength(1)
    monitor.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('polls once if started twice', async () => {
    await start()
    await start()
    expect([discoveries, clock.pendingTimers]).toEqual([1, 1])
  })

  it('periodically re-detects a guessed kind, also after the server was down', async () => {
    world = { ...factsAt('a'), kind: 'openai' }
    await start()
    const settledIn = async (ms: number) => {
      await pass(ms)
      return knowns.at(-1)?.isSettled
    }
    expect([await settledIn(15_000), await settledIn(15_000)]).toEqual([false, true])
    for (let ms = 0; ms < 5 * 60_000; ms += 15_000) await pass(15_000)
    expect(knowns.filter((known) => known?.isSettled === false)).toHaveLength(2)
    world = null
    await pass(15_000)
    world = { ...factsAt('a'), kind: 'openai', isKindGuessed: true }
    expect(await settledIn(5_000)).toBe(false)
    expect([await settledIn(5_000), await settledIn(5_000)]).toEqual([false, false])
  })

  it('keeps a server that is only busy, and looks elsewhere after a minute', async () => {
    await start()
    answer = { kind: 'silent', isGone: false }
    world = factsAt('b')
    await pass(15_000)
    expect(monitor.state).toMatchObject({ kind: 'down', baseUrl: 'a' })
    for (let ms = 0; ms < 55_000; ms += 5_000) await pass(5_000)
    expect([discoveries, monitor.target?.baseUrl]).toEqual([1, 'a'])
    await pass(5_000)
    expect([discoveries, monitor.target?.baseUrl]).toEqual([2, 'b'])
  })

  it('reports a server that is up but refuses requests, and keeps sending them', async () => {
    await start()
    const refusal: UpstreamRefusal = {
      baseUrl: 'a',
      cause: 'loading',
      status: 503,
      name: 'llama.cpp',
      isModelServer: true,
    }
    answer = { kind: 'refusing', refusal }
    await pass(15_000)
    const reason = 'llama.cpp at a is still loading a model.'
    expect(monitor.state).toEqual({ kind: 'refusing', refusal, since: clock.now(), reason })
    expect([discoveries, monitor.target?.baseUrl]).toEqual([1, 'a'])
    answer = null
    await pass(5_000)
    expect(monitor.state).toEqual({ kind: 'up', facts: factsAt('a') })
  })

  it('has a destination even if every server found refuses requests', async () => {
    const refusal: UpstreamRefusal = { baseUrl: 'c', cause: 'needsKey', status: 401, isModelServer: true }
    monitor = new UpstreamMonitor({
      clock,
      discover: async () => ({ kind: 'refusing', refusal }),
      onChange: () => {},
    })
    await start()
    expect(monitor.state).toMatchObject({
      kind: 'refusing',
      reason: 'The model server at c requires an API key.',
    })
    expect(monitor.target).toEqual({ baseUrl: 'c', facts: null })
    monitor.stop()
  })
})
