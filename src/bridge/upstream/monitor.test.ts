import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.ts'
import type { Discovery } from './discovery.ts'
import { UpstreamMonitor, type UpstreamState } from './monitor.ts'
import type { UpstreamFacts } from './probe.ts'

const factsAt = (origin: string, models: string[] = ['m']): UpstreamFacts => ({
  origin,
  kind: 'ollama',
  version: '1',
  models,
  name: 'Ollama 1',
})
const nothing: Discovery = { kind: 'missing', origin: null, reason: 'nothing there' }

let clock: FakeClock
/** What is there at the moment: the monitor's world. */
let world: UpstreamFacts | null
let probed: string[]
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
  probed = []
  discoveries = 0
  changes = []
  monitor = new UpstreamMonitor({
    clock,
    probe: (origin) => {
      probed.push(origin)
      return Promise.resolve(world?.origin === origin ? world : null)
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
  it('finds the upstream, then asks it every 15 s and tells nothing that is not new', async () => {
    expect(monitor.state).toEqual({ kind: 'unknown' })
    await start()
    await pass(14_999)
    expect(probed).toEqual([])
    await pass(1)
    await pass(15_000)
    expect(probed).toEqual(['a', 'a'])
    expect([discoveries, changes]).toEqual([1, [{ kind: 'up', facts: factsAt('a') }]])
  })

  it('looks every 5 s behind the demo, which stands in for a server that may start', async () => {
    world = { ...factsAt('demo'), kind: 'demo' }
    await start()
    await pass(5_000)
    expect(probed).toEqual(['demo'])
  })

  it('tells of new models', async () => {
    await start()
    world = factsAt('a', ['m', 'n'])
    await pass(15_000)
    expect(changes.at(-1)).toEqual({ kind: 'up', facts: world })
  })

  it('tells once of an upstream that is down, since when, and looks every 5 s', async () => {
    await start()
    world = null
    await pass(15_000)
    const down = { kind: 'down', origin: null, reason: 'nothing there', since: clock.now() }
    await pass(5_000)
    await pass(5_000)
    expect([changes.length, changes[1], monitor.state]).toEqual([2, down, down])
    expect(probed).toHaveLength(3)
    world = factsAt('a')
    await pass(5_000)
    expect(changes.at(-1)).toEqual({ kind: 'up', facts: world })
  })

  it('finds another one when the first is gone', async () => {
    await start()
    world = factsAt('b')
    await pass(15_000)
    expect(changes.map((state) => state.kind)).toEqual(['up', 'up'])
    expect(monitor.target?.origin).toBe('b')
  })

  it('keeps sending requests to an upstream that is down: it may be back before the next look', async () => {
    expect(monitor.target).toBeNull()
    await start()
    world = null
    await pass(15_000)
    expect(monitor.target).toEqual(factsAt('a'))
  })

  it('looks at once on demand, once for all who ask, and starts its interval anew', async () => {
    await start()
    await pass(10_000)
    const [first, second] = await Promise.all([monitor.check(), monitor.check()])
    expect([first, second, probed]).toEqual([monitor.state, monitor.state, ['a']])
    await pass(10_000)
    expect([probed.length, clock.pendingTimers]).toEqual([1, 1])
  })

  it('is silent after stop, even about a look that was under way', async () => {
    monitor.start()
    monitor.stop()
    await turn()
    expect([changes, clock.pendingTimers]).toEqual([[], 0])
    await start()
    expect(changes).toHaveLength(1)
    monitor.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('looks once when it is started twice', async () => {
    await start()
    await start()
    expect([discoveries, clock.pendingTimers]).toEqual([1, 1])
  })
})
