import { createHash, createHmac, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { CERTIFICATES } from '../support/certificates.ts'
import { CuriousListener } from '../support/curious-listener.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { tunnelsAt, type RelayGroup, type RelayProcess } from '../support/relay-group.ts'
import { until } from '../support/until.ts'

const HEADERS_TIMEOUT_MS = 5_000
const FORGE_MS = 20
const MADE_UP = '22222222'

const it = shared
  .extend('relayEnv', FILE, { HEADERS_TIMEOUT: String(HEADERS_TIMEOUT_MS) })
  /** Has the tunnel; the others have none. */
  .extend('home', FILE, ({ relays }) => relays.all[0]!)
  .extend('away', FILE, ({ relays }) => relays.all[1]!)
  .extend('other', FILE, ({ relays }) => relays.all[2]!)
  .extend('desk', FILE, ({ relays, upstream, home }) => relays.desk(upstream.origin, { at: home }))
  .extend(
    'ask',
    FILE,
    ({ desk }) =>
      (relay: RelayProcess) =>
        fetch(`${relay.url}/api/tags`, { headers: desk.authorization }),
  )
  /** Repeats the request until the desktop is reachable from every relay. */
  .extend('reachable', FILE, ({ relays, ask }) => async (): Promise<void> => {
    for (const relay of relays.all) await until(async () => (await ask(relay)).ok)
  })

it.beforeAll(({ reachable }) => reachable())

let lastGuest = 0
/** From a different address each time, unless one is given. */
async function pair(relay: RelayProcess, code: string, from = `198.51.100.${++lastGuest}`) {
  const response = await fetch(`${relay.url}/api/pair`, {
    method: 'POST',
    headers: { 'x-forwarded-for': from, 'content-type': 'application/json' },
    body: JSON.stringify({ code, deviceName: 'desk' }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** The code that the relay shows now. */
function codeOf({ program, pairingCode }: RelayProcess): string {
  const shown = program.stdout.seen.map((line) => (JSON.parse(line) as { pairingCode?: string }).pairingCode)
  return shown.findLast((code) => code !== undefined) ?? pairingCode
}

/** The name of a code in Redis. */
function keyOf({ key }: RelayGroup, code: string): string {
  const mac = createHmac('sha256', key.codeSecret).update(code.replace('-', ''))
  return `ctl:code:${mac.digest('base64url')}`
}

describe('an attacker who can write to Redis', () => {
  it('cannot create a pairing code', async ({ relays, away }) => {
    const { client } = relays.redis
    const digest = createHash('sha256').update(MADE_UP)
    for (const name of [digest.copy().digest('base64url'), digest.copy().digest('hex'), MADE_UP])
      await client.set(`ctl:code:${name}`, 'victim', 'PX', 60_000)
    expect((await pair(away, MADE_UP)).status).toBe(403)
  })

  it('cannot change the owner of a pairing code', async ({ relays, away, other }) => {
    const { client } = relays.redis
    const code = codeOf(other)
    const value = (await client.get(keyOf(relays, code))) ?? ''
    expect(value).toContain('owner')
    await client.set(keyOf(relays, code), value.replace('owner', 'alice'), 'KEEPTTL')
    expect((await pair(away, code)).status).toBe(403)
  })

  it('can neither move a code to another name nor restore a used one', async ({ relays, home, away }) => {
    const { client } = relays.redis
    const code = codeOf(away)
    const value = (await client.get(keyOf(relays, code))) ?? ''
    await client.set(keyOf(relays, MADE_UP), value, 'PX', 60_000)
    expect((await pair(home, MADE_UP)).status).toBe(403)
    expect((await pair(home, code)).status).toBe(200)
    for (const at of relays.all) {
      await client.set(keyOf(relays, code), value, 'PX', 60_000)
      expect((await pair(at, code)).status).toBe(403)
    }
  })

  it.for([
    ['that refuses', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n', undefined],
    [
      'that accepts everything',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi',
      undefined,
    ],
    ['that sends nothing', '', undefined],
    ['with a certificate', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', CERTIFICATES.first],
  ] as const)(
    'cannot redirect a request to a listener %s',
    async ([, answer, certificate], { relays, desk, ask, reachable }) => {
      const { client } = relays.redis
      const listener = await CuriousListener.start(answer, certificate)
      const replicas = await client.keys('ctl:replica:*')
      const url = `${certificate === undefined ? 'http' : 'https'}://${listener.address}`
      const owner = `ctl:owner:${relays.address('owner')}`
      const facts = { replica: 'evil', instance: 'x', attempt: 1, since: Date.now() + 60_000 }
      const over = new AbortController()
      const forging = (async () => {
        while (!over.signal.aborted) {
          for (const name of [...replicas, 'ctl:replica:evil']) await client.set(name, url, 'PX', 60_000)
          await client.hset(owner, 'evil-device', JSON.stringify(facts))
          await new Promise((resolve) => void setTimeout(resolve, FORGE_MS))
        }
      })()
      const body = JSON.stringify({ model: 'fake', messages: [], stream: false })
      for (let round = 0; round < 3; round++)
        for (const relay of relays.all) {
          await (await ask(relay)).arrayBuffer()
          const chat = { method: 'POST', headers: desk.authorization, body }
          await (await fetch(`${relay.url}/k/${desk.key}/api/chat`, chat)).arrayBuffer()
          await (await fetch(`${relay.url}/api/tunnel/status`, { headers: desk.authorization })).arrayBuffer()
        }
      over.abort()
      await forging
      expect(listener.heard).not.toContain(desk.key)
      expect(listener.heard).toBe('')
      listener.close()
      await client.del('ctl:replica:evil')
      await reachable()
    },
  )

  it('cannot redirect a request to a listener at a relay’s address', async ({ relays, upstream, away }) => {
    const relay = await relays.launch()
    const guest = await relays.desk(upstream.origin, { at: relay, identity: await relays.identity('guest') })
    const chat = () => fetch(`${away.url}/api/tags`, { headers: guest.authorization })
    await until(async () => (await chat()).ok)
    const listener = await CuriousListener.start('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi')
    const moved = await relays.launch({ INTERNAL_URL: `http://${listener.address}` })
    guest.proxy.retarget(moved.port)
    guest.bridge.reconnect()
    await until(async () => {
      await (await chat()).arrayBuffer()
      return listener.connections > 0
    })
    expect(listener.heard).not.toContain(guest.key)
    expect(listener.heard).not.toContain('api/tags')
    listener.close()
    for (const { program } of [relay, moved]) program.kill('SIGTERM')
  })

  it('cannot end tunnels or block devices with unreadable entries', async ({
    relays,
    upstream,
    home,
    away,
    desk,
    reachable,
  }) => {
    const { client } = relays.redis
    const address = relays.address('owner')
    const facts = { replica: randomUUID(), instance: 'x', attempt: 9e9, since: Date.now() + 60_000 }
    const takeover = JSON.stringify({ ...facts, address, deviceId: desk.identity.deviceId })
    const texts = [takeover, '', '{', 'x'.repeat(1_000_000), '0.AAAA.{}', '\u0000']
    const channels = (await client.pubsub('CHANNELS', 'ctl:*')) as string[]
    expect(channels.length).toBeGreaterThanOrEqual(4)
    for (const channel of channels) for (const text of texts) await client.publish(channel, text)
    for (const text of texts) await client.hset(`ctl:owner:${address}`, `forged-${text.slice(0, 8)}`, text)
    await reachable()
    expect(await Promise.all(relays.all.map(tunnelsAt))).toEqual([1, 0, 0])
    await client.hset(`ctl:owner:${address}`, 'second', JSON.stringify(facts))
    const second = await relays.desk(upstream.origin, {
      at: away,
      identity: await relays.identity('owner', 'second'),
    })
    await until(async () => (await fetch(`${home.url}/api/tags`, { headers: second.authorization })).ok)
    second.bridge.stop()
  })

  it('cannot block devices with an invalid device list', async ({ relays, upstream, home, away }) => {
    await relays.redis.client.set(`ctl:owner:${relays.address('guest')}`, 'x')
    const guest = await relays.desk(upstream.origin, { at: away, identity: await relays.identity('guest') })
    await until(async () => (await fetch(`${home.url}/api/tags`, { headers: guest.authorization })).ok)
    guest.bridge.stop()
  })
})

describe('pairing at several relays', () => {
  it('accepts a correct code while others guess from many addresses', async ({ home, away, other }) => {
    for (let i = 0; i < 25; i++) expect((await pair(other, MADE_UP, `192.0.2.${i}`)).status).toBe(403)
    expect((await pair(away, codeOf(home))).status).toBe(200)
  })

  it('counts the addresses of one IPv6 network as one', async ({ other }) => {
    const tries = []
    for (let i = 0; i < 6; i++) tries.push(await pair(other, MADE_UP, `2001:db8:1:2::${i + 1}`))
    expect(tries.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 429])
  })

  it('replaces codes after the allowed number of guesses, wherever each was made', async ({
    relays,
    home,
  }) => {
    const before = relays.all.map(codeOf)
    for (let i = 0; i < 50; i++) {
      const at = relays.all[i % 3] ?? home
      expect((await pair(at, MADE_UP, `203.0.${i}.1`)).status).toBe(403)
    }
    for (const [i, relay] of relays.all.entries()) {
      await relay.program.stdout.json(({ pairingCode = before[i] }) => pairingCode !== before[i])
      expect((await pair(home, before[i] ?? '')).status).toBe(403)
      expect((await pair(home, codeOf(relay))).status).toBe(200)
    }
  })
})

describe('the listener for other relays', () => {
  /** Ports that the process listens at, besides the one for clients. */
  async function internalPort({ program }: RelayProcess): Promise<number> {
    const line = await program.stderr.next((text) => text.includes('listening for other relays'))
    return (JSON.parse(line) as { port: number }).port
  }

  it('closes silent sockets, and limits their number', async ({ away, reachable }) => {
    const port = await internalPort(away)
    const closed: Promise<void>[] = []
    for (let i = 0; i < 1_500; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      closed.push(new Promise((resolve) => void socket.on('close', () => resolve())))
    }
    const startedAt = performance.now()
    await Promise.race(closed)
    expect(performance.now() - startedAt).toBeLessThan(HEADERS_TIMEOUT_MS)
    await Promise.all(closed)
    expect(performance.now() - startedAt).toBeLessThan(3 * HEADERS_TIMEOUT_MS)
    await reachable()
  })
})
