import { describe, expect } from 'vitest'
import type { OwnerId } from '../../src/shared/brands.ts'
import type { Relay } from '../../src/relay/relay.ts'
import { routingIdOfKey, formatKey } from '../../src/shared/key-format.ts'
import { FRAME } from '../../src/tunnel/frame.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { HostileDevice } from '../support/hostile-device.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { Desk } from '../support/stack.ts'

const OWNERS = 20
const ROUNDS = 3
const REQUESTS_PER_ROUND = 8
const TOKENS = 30

/** One owner's upstream and desk. Every record of the upstream names its owner. */
interface World {
  readonly owner: OwnerId
  readonly fake: FakeUpstream
  readonly desk: Desk
}

const it = shared.extend('worlds', FILE, async ({ relay }, { onCleanup }) => {
  const worlds: World[] = []
  for (let i = 0; i < OWNERS; i++) worlds.push(await startWorld(relay, `owner-${i}` as OwnerId))
  onCleanup(async () => {
    await Promise.all(worlds.map(({ desk }) => desk.close()))
    await Promise.all(worlds.map(({ fake }) => fake.close()))
  })
  return worlds
})

async function startWorld(relay: Relay, owner: OwnerId): Promise<World> {
  const fake = await FakeUpstream.start()
  fake.models = [`${owner}:latest`]
  fake.on('POST', '/api/generate', async (_request, response, seen) => {
    const { prompt } = await seen.json()
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'openai-organization': owner })
    for (let n = 0; n < TOKENS && !response.destroyed; n++) {
      response.write(`${JSON.stringify({ owner, prompt, n })}\n`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    response.end(`${JSON.stringify({ owner, prompt, done: true })}\n`)
  })
  return { owner, fake, desk: await Desk.start(relay, fake.origin, { owner }) }
}

type Ending = 'complete' | 'left' | 'offline'

/** Sends one request, and checks that every record belongs to its owner and request. */
async function ask(
  { owner, desk }: World,
  prompt: string,
  leaveAfter: number,
  onRecord: () => void,
): Promise<Ending> {
  const left = new AbortController()
  const response = await fetch(`${desk.relayUrl}/api/generate`, {
    method: 'POST',
    headers: desk.authorization,
    body: JSON.stringify({ model: `${owner}:latest`, prompt }),
    signal: left.signal,
  })
  if (response.status === 503) {
    await response.arrayBuffer()
    return 'offline'
  }
  expect(response.status).toBe(200)
  // The relay begins an answer itself that takes 15 seconds, as on a busy machine.
  expect([owner, null]).toContain(response.headers.get('openai-organization'))
  let rest = ''
  let next = 0
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const isLast = next === TOKENS
      expect(JSON.parse(line)).toEqual({ owner, prompt, ...(isLast ? { done: true } : { n: next }) })
      next++
      onRecord()
    }
    if (next > leaveAfter) {
      left.abort()
      return 'left'
    }
  }
  expect(next).toBe(TOKENS + 1)
  return 'complete'
}

describe('owners on one relay', () => {
  it('never see each other’s data, whatever their networks do', async ({ worlds, annotate }) => {
    const seed = Date.now() % 2 ** 31
    await annotate(`seed ${seed}`)
    const random = seededRandom(seed)
    const pick = (): World => worlds[Math.floor(random() * OWNERS)]!
    const faults: ((desk: Desk) => void)[] = [
      ({ proxy }) => proxy.cut(),
      ({ bridge }) => bridge.reconnect(),
      ({ proxy, bridge }) => {
        proxy.freeze('live')
        bridge.reconnect()
      },
      ({ proxy, bridge }) => {
        proxy.cut()
        bridge.reconnect()
      },
    ]
    let records = 0
    let faultCount = 0
    const onRecord = (): void => {
      if (++records % 40 !== 0) return
      faultCount++
      faults[Math.floor(random() * faults.length)]!(pick().desk)
    }
    const counts: Record<Ending, number> = { complete: 0, left: 0, offline: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const asked = worlds.flatMap((world) =>
        Array.from({ length: REQUESTS_PER_ROUND }, (_, i) => {
          const leaveAfter = random() < 0.2 ? Math.floor(random() * TOKENS) : Infinity
          return ask(world, `${world.owner} asks ${round}.${i} ${seed}`, leaveAfter, onRecord)
        }),
      )
      for (const ending of await Promise.all(asked)) counts[ending]++
    }
    await annotate(`${JSON.stringify(counts)}, ${records} records, ${faultCount} faults`)
    expect(counts.complete).toBeGreaterThan(OWNERS * REQUESTS_PER_ROUND)
    // After the last faults, some of them may be waiting for their next attempt.
    await Promise.all(worlds.map(({ desk }) => desk.until(({ tunnel }) => tunnel.kind === 'online')))
    for (const { owner, fake } of worlds) {
      const bodies = await Promise.all(
        fake.seen.filter(({ path }) => path === '/api/generate').map((seen) => seen.json()),
      )
      expect(bodies.filter(({ prompt }) => !String(prompt).startsWith(`${owner} asks`))).toEqual([])
    }
  })

  it('cannot reach each other’s paths, with key or token', async ({ relay, worlds }) => {
    const status = async (user: string, path: string, headers: Record<string, string>): Promise<number> => {
      const response = await fetch(`${relay.url}/api/tunnel/${user}${path}`, { headers })
      await response.arrayBuffer()
      return response.status
    }
    for (const mine of worlds) {
      const token = { authorization: `Bearer ${mine.desk.token}` }
      const theirs = worlds.filter((world) => world !== mine)
      const before = theirs.map(({ fake }) => fake.fromClients.length)
      for (const headers of [mine.desk.authorization, token]) {
        const tried = theirs.map(({ owner }) => status(owner, '/api/tags', headers))
        expect(new Set(await Promise.all(tried))).toEqual(new Set([403]))
        expect(await status(mine.owner, '/api/tags', headers)).toBe(200)
      }
      expect(await status('nobody', '/api/tags', token)).toBe(403)
      expect(theirs.map(({ fake }) => fake.fromClients.length)).toEqual(before)
    }
  })

  it('cannot see each other’s tunnels', async ({ relay, worlds }) => {
    const [mine, theirs] = worlds as [World, World]
    for (const headers of [mine.desk.authorization, { authorization: `Bearer ${mine.desk.token}` }]) {
      const health = await fetch(`${relay.url}/api/tunnel/health/${theirs.owner}`, { headers })
      expect(health.status).toBe(403)
      const status = await (await fetch(`${relay.url}/api/tunnel/status`, { headers })).text()
      expect(status).toContain(mine.desk.identity.deviceId)
      expect(status).not.toContain(theirs.desk.identity.deviceId)
    }
  })

  it('cannot create a key for another owner’s routing id', async ({ relay, worlds }) => {
    const [mine, theirs] = worlds as [World, World]
    const forged = formatKey(routingIdOfKey(theirs.desk.key)!, mine.desk.key.split('_').slice(2).join('_'))
    const response = await fetch(`${relay.url}/k/${forged}/api/tags`)
    expect(response.status).toBe(401)
  })
})

describe('a stolen session id and ticket', () => {
  it.for([
    ['under another owner’s credential', 'thief'],
    ['under the credential of the same owner’s other device', 'owner-0'],
  ] as const)('are worthless %s', async ([, owner], { relay, worlds }) => {
    const victim = worlds[0]!
    const tunnel = relay.tunnels.tunnelsOf(victim.owner)[0]!
    const answered = Promise.withResolvers<void>()
    const asking = ask(victim, `${victim.owner} asks on`, Infinity, answered.resolve)
    await answered.promise
    const thief = await HostileDevice.connect(relay, { owner })
    const { id: sessionId, ticket } = tunnel
    let receivedBytes = 0
    while (!tunnel.canResume(ticket, receivedBytes)) receivedBytes++
    thief.send(thief.hello({ resume: { sessionId, ticket, receivedBytes } }))
    const { payload } = await thief.frame(FRAME.WELCOME)
    const welcome = JSON.parse(payload.toString())
    expect(welcome.resumed).toBe(false)
    expect(welcome.sessionId).not.toBe(sessionId)
    expect(welcome.ticket).not.toBe(ticket)
    const overheard: number[] = []
    thief.onFrame = ({ type }) => overheard.push(type)
    expect(await asking).toBe('complete')
    expect(overheard).toEqual([])
    expect(tunnel.isAttached).toBe(true)
    expect(victim.desk.bridge.snapshot.tunnel.kind).toBe('online')
    thief.destroy()
  })
})
