import { describe, expect } from 'vitest'
import { createSigningKey } from '../../src/relay/auth/signing-key.ts'
import { busyLimitMs } from '../support/busy-limit.ts'
import { Call } from '../support/call.ts'
import { textOf, type Script } from '../support/fake-answers.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { closedAfter, shared } from '../support/fixtures.ts'
import { rssMiB, tunnelsAt, type RelayGroup, type RelayProcess } from '../support/relay-group.ts'
import type { Desk } from '../support/stack.ts'
import { until } from '../support/until.ts'

const SCRIPT: Script = { tokens: 30, intervalMs: 10, marker: 'x', padBytes: 0, load_ms: 0, breakBy: 'close' }
const BACK_MS = 10_000
const OWNERS = ['alice', 'bob', 'carol']

const it = shared
  /** The desks of a test, one for each owner. Each model server answers with its owner's name and nothing else. */
  .extend('desks', async ({ relays }, { onCleanup }) => {
    const desks: Desk[] = []
    onCleanup(async () => {
      for (const { bridge } of desks) bridge.stop()
      await until(async () => (await tunnelsIn(relays)).every((count) => count === 0))
      await relays.closeDesks()
      while (relays.all.length < 3) relays.add(await relays.launch())
    })
    return desks
  })
  .extend(
    'addDesk',
    ({ relays, desks }) =>
      async (owner: string, at?: RelayProcess, upstream?: FakeUpstream): Promise<Desk> => {
        const { origin } = upstream ?? (await closedAfter(FakeUpstream.start()))
        const identity = await relays.identity(owner)
        const desk = await relays.desk(origin, { identity, ...(at && { at }) })
        desks.push(desk)
        return desk
      },
  )

const tunnelsIn = (relays: RelayGroup): Promise<number[]> => Promise.all(relays.all.map(tunnelsAt))

function chat(url: string, desk: Desk, script: Partial<Script> = {}): Call {
  return new Call(`${url}/k/${desk.key}/api/chat`, {
    body: { model: 'fake', options: { ...SCRIPT, marker: desk.ownerId, ...script } },
  })
}

/** Repeats the request until the desktop is reachable again. */
async function backAfterMs(url: string, desk: Desk): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const response = await fetch(`${url}/api/tags`, { headers: desk.authorization }).catch(() => undefined)
    await response?.arrayBuffer().catch(() => {})
    if (response?.status === 200) return performance.now() - startedAt
    if (performance.now() - startedAt > 2 * BACK_MS) throw new Error(`last answer: ${response?.status}`)
    await new Promise((resolve) => void setTimeout(resolve, 20))
  }
}

/** The client's result: a complete response, or one that is visibly broken. */
async function outcomeOf(call: Call, desk: Desk): Promise<'whole' | 'broken'> {
  const over = await call.over
  const records = call.text.split('\n').filter((line) => line.trim() !== '')
  const words = records.flatMap((line) => {
    try {
      const { message } = JSON.parse(line) as { message?: { content: string } }
      return message === undefined ? [] : [message.content]
    } catch {
      return []
    }
  })
  for (const word of words) expect(word === '' || word.startsWith(`${desk.ownerId}-`)).toBe(true)
  const isWhole = words.join('') === textOf({ ...SCRIPT, marker: desk.ownerId })
  if (isWhole) return 'whole'
  const head = await call.head.catch(() => undefined)
  const isHonest = over === 'broken' || head?.statusCode !== 200 || call.text.includes('{"error"')
  expect(isHonest).toBe(true)
  return 'broken'
}

/** Sends requests to all desks through the balancer until stopped. */
function underLoad(
  { balancer }: RelayGroup,
  desks: readonly Desk[],
): { readonly stop: () => Promise<Record<'whole' | 'broken', number>> } {
  const counts = { whole: 0, broken: 0 }
  const over = new AbortController()
  const loops = desks.flatMap((desk) =>
    [1, 2, 3].map(async () => {
      while (!over.signal.aborted) {
        counts[await outcomeOf(chat(balancer.url, desk), desk)]++
        await new Promise((resolve) => void setTimeout(resolve, 10))
      }
    }),
  )
  return {
    async stop() {
      over.abort()
      await Promise.all(loops)
      return counts
    },
  }
}

async function kill(relays: RelayGroup, relay: RelayProcess): Promise<void> {
  relay.program.kill('SIGKILL')
  await relay.program.exit
  relays.remove(relay)
}

describe('a relay that is killed', () => {
  it('loses its requests and a few seconds, whichever of the three it is', async ({
    relays,
    addDesk,
    desks,
  }) => {
    for (const owner of OWNERS) await addDesk(owner)
    const load = underLoad(relays, desks)
    for (const relay of relays.all.slice()) {
      await kill(relays, relay)
      for (const desk of desks)
        for (const { url } of relays.all) expect(await backAfterMs(url, desk)).toBeLessThan(BACK_MS)
      relays.add(await relays.launch())
    }
    const { whole } = await load.stop()
    expect(whole).toBeGreaterThan(0)
  })

  it('truncates answers that pass through it, and never makes them look complete', async ({
    relays,
    upstream,
    addDesk,
  }) => {
    const [home, away, other] = relays.all as [RelayProcess, RelayProcess, RelayProcess]
    const desk = await addDesk('alice', home, upstream)
    const long = { tokens: 100_000, intervalMs: 20 }
    const loading = { load_ms: 60_000 }
    const through = [chat(away.url, desk, long), chat(away.url, desk, loading)]
    const toIts = [chat(other.url, desk, long), chat(other.url, desk, loading)]
    await Promise.all([through, toIts].map(([streaming]) => streaming!.piece()))
    for (let n = 0; n < 4; n++) await upstream.request('/api/chat')
    await kill(relays, away)
    for (const call of through) expect(await outcomeOf(call, desk)).toBe('broken')
    const before = toIts[0]!.pieces.length
    await toIts[0]!.piece(() => toIts[0]!.pieces.length > before)
    await kill(relays, home)
    expect(await outcomeOf(toIts[0]!, desk)).toBe('broken')
    const head = await toIts[1]!.head
    expect([head.statusCode, head.headers['retry-after']]).toEqual([502, '2'])
    expect(JSON.parse(await toIts[1]!.whole())).toMatchObject({ error: expect.stringContaining('lost') })
  })

  it('leaves nothing behind in the others, six times in a row', async ({ relays, addDesk, desks }) => {
    for (const owner of OWNERS) await addDesk(owner)
    const witness = relays.all[0]!
    const load = underLoad(relays, desks)
    const after: number[] = []
    for (let round = 0; round < 6; round++) {
      const relay = relays.all[1]!
      await kill(relays, relay)
      relays.add(await relays.launch())
      for (const desk of desks) expect(await backAfterMs(relays.balancer.url, desk)).toBeLessThan(BACK_MS)
      after.push(rssMiB(witness))
    }
    await load.stop()
    expect(Math.max(...after.slice(3)) - Math.max(...after.slice(0, 3))).toBeLessThan(25)
    expect((await tunnelsIn(relays)).reduce((sum, count) => sum + count)).toBe(OWNERS.length)
  })
})

describe('a device', () => {
  it('that reconnects to another relay leaves no stale entry, even if its old connection looks alive', async ({
    relays,
    addDesk,
  }) => {
    const [home, away] = relays.all as [RelayProcess, RelayProcess]
    const desk = await addDesk('alice', home)
    const held = chat(home.url, desk, { tokens: 10_000 })
    await held.piece()
    desk.proxy.freeze('live')
    desk.proxy.retarget(away.port)
    desk.bridge.reconnect()
    expect(await outcomeOf(held, desk)).toBe('broken')
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
    for (const relay of relays.all) expect(await chat(relay.url, desk).whole()).toContain('alice-29')
    expect(await tunnelsIn(relays)).toEqual([0, 1, 0])
    desk.proxy.thaw()
    expect(await chat(home.url, desk).whole()).toContain('alice-29')
    expect(desk.bridge.snapshot.tunnel.kind).toBe('online')
  })

  it('whose identity was copied is blocked, although its copy is at another relay', async ({
    relays,
    addDesk,
  }) => {
    const [home, away] = relays.all as [RelayProcess, RelayProcess]
    const first = await addDesk('alice', home)
    const second = await addDesk('alice', away)
    const { tunnel } = await first.until(({ tunnel }) => tunnel.kind === 'blocked')
    expect(tunnel).toEqual({ kind: 'blocked', cause: 'REPLACED' })
    expect(await chat(home.url, second).whole()).toContain('alice-29')
  })

  it('pairs at any relay with a code of any other, once, and a new one is printed', async ({ relays }) => {
    const [home, away] = relays.all as [RelayProcess, RelayProcess]
    const pair = (relay: RelayProcess) =>
      fetch(`${relay.url}/api/pair`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: home.pairingCode, deviceName: 'desk' }),
      })
    const statuses = (await Promise.all([home, away, away, home].map(pair))).map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 403, 403, 403])
    await home.program.stdout.json((line) => 'pairingCode' in line)
  })
})

describe('Redis', () => {
  const readiness = async ({ url }: RelayProcess) => {
    const response = await fetch(`${url}/health/ready`)
    return `${response.status} ${((await response.json()) as { status: string }).status}`
  }
  const ready = (relay: RelayProcess, wanted: string) =>
    until(async () => (await readiness(relay)) === wanted, { timeoutMs: 60_000 })

  it.for([
    ['killed', ({ redis }: RelayGroup) => redis.kill(), ({ redis }: RelayGroup) => redis.revive()],
    [
      'frozen',
      async ({ redis }: RelayGroup) => redis.freeze(),
      async ({ redis }: RelayGroup) => redis.thaw(),
    ],
  ] as const)(
    'that is %s leaves connected devices reachable and new ones accepted, and everything recovers when it is back',
    async ([, stop, begin], { relays, addDesk }) => {
      const [home, away] = relays.all as [RelayProcess, RelayProcess]
      const desk = await addDesk('alice', home)
      expect(await backAfterMs(away.url, desk)).toBeLessThan(BACK_MS)
      const limitMs = await busyLimitMs(3_000, () => chat(home.url, desk).whole())
      await stop(relays)
      const startedAt = performance.now()
      expect(await chat(home.url, desk).whole()).toContain('alice-29')
      const lost = await fetch(`${away.url}/api/tags`, { headers: desk.authorization })
      expect([lost.status, lost.headers.get('x-error-code')]).toEqual([503, 'SHARED_STATE_UNREACHABLE'])
      expect(performance.now() - startedAt).toBeLessThan(limitMs)
      for (const relay of relays.all) await ready(relay, '200 degraded')
      const late = await addDesk('bob', away)
      expect(await chat(away.url, late).whole()).toContain('bob-29')
      await begin(relays)
      for (const relay of relays.all) await ready(relay, '200 ready')
      expect(await backAfterMs(away.url, desk)).toBeLessThan(BACK_MS)
      expect(await backAfterMs(home.url, late)).toBeLessThan(BACK_MS)
    },
  )
})

describe('a relay with another key', () => {
  it('does not start, and prints the reason in one line', async ({ relays }) => {
    const { privateKey } = await createSigningKey()
    const program = await relays.run({ RELAY_KEY: JSON.stringify(privateKey.export({ format: 'jwk' })) })
    const { code, stderr } = await program.result()
    expect(code).toBe(2)
    expect(stderr.trim().split('\n').at(-1)).toMatch(/REDIS_URL.*signing key/)
  })
})
