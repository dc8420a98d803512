import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createSigningKey } from '../../src/relay/auth/signing-key.ts'
import type { RelayFlags } from '../../src/relay/config.ts'
import type { Clock } from '../../src/shared/clock.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { Call } from '../support/call.ts'
import { formFor, scriptIn, tokenAt, type Script } from '../support/fake-answers.ts'
import { closedAfter } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { Desk, startStack, startTestRelay, type DeskOptions } from '../support/stack.ts'
import { SteppedClock } from '../support/stepped-clock.ts'
import type { Direction } from '../support/tcp-proxy.ts'

/** A busy machine takes seconds; an undetected dead carrier would cost half a minute. `npm run bench` measures the time. */
const MAX_RESUME_MS = 15_000
/** A carrier that was up for less than half a second is not redialled immediately, so each stays up a little longer. */
const RIPE_MS = 620

async function scene(flags: RelayFlags = {}, options: DeskOptions = {}) {
  const fake = await closedAfter(FakeUpstream.start())
  const stack = await closedAfter(startStack(fake.origin, flags, options))
  return { fake, relay: stack.relay, desk: stack.desk }
}

const body = (options: Partial<Script>, rest: object = {}) => ({
  model: 'fake',
  messages: [{ role: 'user', content: 'hi' }],
  stream: true,
  options,
  ...rest,
})
const ask = (desk: Desk, path: string, content: object) =>
  new Call(`${desk.relayUrl}${path}`, { headers: desk.authorization, body: content })

/** The upstream's complete response to a streaming request, byte for byte. */
function answerTo(path: string, content: Record<string, unknown>, count = scriptIn(content).tokens): string {
  const form = formFor(path, content['model'])!
  const script = { ...scriptIn(content), tokens: count }
  const tokens = Array.from({ length: script.tokens }, (_, index) => form.piece(tokenAt(script, index)))
  return form.prologue + tokens.join('') + form.epilogue(script.tokens)
}

type Fault =
  | { readonly kind: 'reset' }
  /** Breaks the connection in the middle of the current frame. */
  | { readonly kind: 'midFrame'; readonly direction: Direction; readonly bytes: number }
  /** Neither end learns that the connection is lost; the machine has detected a network change. */
  | { readonly kind: 'halfOpen' }

interface Cut {
  /** When a new connection was possible. */
  readonly atMs: number
  /** When the handshake over it was complete. */
  readonly onlineAtMs: number
}

/** Kills the carrier and waits for the next one, which the bridge dials without a pause. */
async function cut(desk: Desk, fault: Fault): Promise<Cut> {
  const before = desk.bridge.snapshot.tunnel
  const kinds: string[] = []
  const online = desk.until(({ tunnel }) => {
    if (tunnel !== before) kinds.push(tunnel.kind)
    return kinds.at(-1) === 'online'
  })
  await inflict(desk, fault)
  const atMs = performance.now()
  await online
  expect(kinds).not.toContain('waiting')
  return { atMs, onlineAtMs: performance.now() }
}

async function inflict({ proxy, bridge }: Desk, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'reset':
      return proxy.cut()
    case 'midFrame':
      return proxy.cutAfterBytes(fault.bytes, fault.direction)
    case 'halfOpen':
      proxy.freeze('live')
      return bridge.reconnect()
  }
}

async function ripe({ bridge }: Desk): Promise<void> {
  const { tunnel } = bridge.snapshot
  if (tunnel.kind === 'online') await delay(Math.max(0, tunnel.since + RIPE_MS - Date.now()))
}

function median(valuesMs: readonly number[]): number {
  return valuesMs.toSorted((a, b) => a - b)[Math.floor(valuesMs.length / 2)] ?? Number.NaN
}

function figures(what: string, valuesMs: readonly number[]): string {
  return `${what}: median ${median(valuesMs).toFixed(1)} ms, max ${Math.max(...valuesMs).toFixed(1)} ms`
}

/** Counts the timers that are pending, at both ends together. */
class CountingClock implements Clock {
  pending = 0
  readonly now = () => systemClock.now()
  readonly monotonic = () => systemClock.monotonic()
  readonly soon = (callback: () => void) => systemClock.soon(callback)

  after(delayMs: number, callback: () => void) {
    let isPending = true
    const settle = () => {
      if (isPending) this.pending--
      isPending = false
    }
    this.pending++
    const timer = systemClock.after(delayMs, () => {
      settle()
      callback()
    })
    return {
      cancel() {
        settle()
        timer.cancel()
      },
    }
  }
}

describe('a carrier that dies', () => {
  it('interrupts 100 streams briefly without losing a byte, 20 times in a row', async ({ annotate }) => {
    const clock = new CountingClock()
    const { fake, relay, desk } = await scene({}, { clock })
    const warnings: Error[] = []
    process.on('warning', (warning) => warnings.push(warning))
    const [tunnel] = relay.tunnels.all
    const timersWhenIdle = clock.pending
    const asked = Array.from({ length: 100 }, (_, at) => {
      const path = at % 2 === 0 ? '/api/chat' : '/v1/chat/completions'
      return { path, content: body({ tokens: 100_000, intervalMs: 80, marker: `stream-${at}` }) }
    })
    const calls = asked.map(({ path, content }) => ask(desk, path, content))
    await Promise.all(calls.map((call) => call.piece()))

    const cuts: Cut[] = []
    for (const at of Array.from({ length: 20 }).keys()) {
      await ripe(desk)
      await delay(Math.random() * 80)
      expect(tunnel!.streamCount).toBe(100)
      cuts.push(await cut(desk, faultFor(at)))
    }
    fake.endAnswers()
    const texts = await Promise.all(calls.map((call) => call.whole()))
    const seen = fake.seen.filter(({ method }) => method === 'POST')
    const sent = await Promise.all(
      seen.map(async (each) => answerTo(each.path, await each.json(), each.tokensSent)),
    )
    expect(texts.toSorted()).toEqual(sent.toSorted())
    expect(seen).toHaveLength(100)
    expect(relay.tunnels.all).toEqual([tunnel])

    const onlineMs = cuts.map(({ atMs, onlineAtMs }) => onlineAtMs - atMs)
    const allServedMs = cuts.map(({ atMs, onlineAtMs }) => {
      const next = calls.map(({ pieces }) => pieces.find((piece) => piece.atMs >= onlineAtMs)!.atMs)
      return Math.max(...next) - atMs
    })
    await annotate(figures('online again', onlineMs))
    await annotate(
      figures('the next byte for the last of 100 clients, tokens being 80 ms apart', allServedMs),
    )
    for (const delaysMs of [onlineMs, allServedMs]) expect(Math.max(...delaysMs)).toBeLessThan(MAX_RESUME_MS)

    await expect.poll(() => tunnel!.unackedBytes).toBe(0)
    expect(tunnel!.streamCount).toBe(0)
    expect(desk.bridge.snapshot.activeRequests).toBe(0)
    await expect.poll(() => clock.pending).toBeLessThanOrEqual(timersWhenIdle)
    expect(warnings).toEqual([])
  })

  /** Every kind of connection loss, at any point; one of them is not reported to either end. */
  function faultFor(at: number): Fault {
    if (at === 10) return { kind: 'halfOpen' }
    if (at % 3 === 0) return { kind: 'reset' }
    return at % 3 === 1
      ? { kind: 'midFrame', direction: 'up', bytes: 1 + Math.floor(Math.random() * 5_000) }
      : { kind: 'midFrame', direction: 'down', bytes: 1 + Math.floor(Math.random() * 20) }
  }
})

describe('a carrier that dies during its setup', () => {
  const endless = body({ tokens: 100_000, intervalMs: 5 })

  /** Everything that has arrived, checked against the upstream's response. */
  async function expectIntact(call: Call): Promise<void> {
    const { length } = call.pieces
    await expect.poll(() => call.pieces.length).toBeGreaterThan(length)
    const whole = answerTo('/api/chat', body({ ...endless.options, tokens: call.text.split('\n').length }))
    expect(whole.startsWith(call.text)).toBe(true)
  }

  it('does not damage streams, wherever in the upgrade or handshake it dies', async () => {
    const { relay, desk } = await scene()
    const [tunnel] = relay.tunnels.all
    const call = ask(desk, '/api/chat', endless)
    await call.piece()
    for (const direction of ['up', 'down'] as const) {
      let survived = false
      for (let bytes = 1; !survived; bytes += 31) {
        const before = desk.bridge.snapshot.tunnel
        survived = true
        desk.proxy.cut()
        void desk.proxy.cutAfterBytes(bytes, direction).then(() => (survived = false))
        await desk.until((snapshot) => snapshot.tunnel !== before)
        await online(desk)
      }
    }
    await expectIntact(call)
    expect(relay.tunnels.all).toEqual([tunnel])
  })

  /** The user's click skips the pause between attempts. */
  async function online(desk: Desk): Promise<void> {
    const { tunnel } = await desk.until((snapshot) => /^(online|waiting)$/.test(snapshot.tunnel.kind))
    if (tunnel.kind === 'online') return
    desk.bridge.reconnect()
    await online(desk)
  }
})

describe('a carrier that dies in the middle of 256 MB', () => {
  const BLOCKS = 4_096
  const BLOCK_BYTES = 65_536
  const CUTS = 5

  /** No two blocks are equal, so a lost, duplicated or reordered one changes the hash. */
  function block(index: number): Buffer {
    const bytes = Buffer.alloc(BLOCK_BYTES, index)
    bytes.writeUInt32BE(index)
    return bytes
  }

  const hash = createHash('sha256')
  for (const index of Array.from({ length: BLOCKS }).keys()) hash.update(block(index))
  const digest = hash.digest('hex')

  /** The blocks, with a disconnect at every sixth of the way, while the next ones are in transit. */
  async function* blocks(desk: Desk, direction: Direction, cuts: Promise<Cut>[]): AsyncIterable<Buffer> {
    for (const index of Array.from({ length: BLOCKS }).keys()) {
      if (index > 0 && index % Math.ceil(BLOCKS / (CUTS + 1)) === 0) {
        await ripe(desk)
        const bytes = Math.floor(Math.random() * 8 * 1024 * 1024)
        cuts.push(cut(desk, { kind: 'midFrame', direction, bytes }))
      }
      yield block(index)
    }
  }

  async function check(cuts: readonly Promise<Cut>[], annotate: (message: string) => Promise<unknown>) {
    const costsMs = (await Promise.all(cuts)).map(({ atMs, onlineAtMs }) => onlineAtMs - atMs)
    await annotate(figures('online again', costsMs))
    expect(costsMs).toHaveLength(CUTS)
    expect(Math.max(...costsMs)).toBeLessThan(MAX_RESUME_MS)
  }

  it('does not damage an upload', async ({ annotate }) => {
    const { fake, desk } = await scene()
    const cuts: Promise<Cut>[] = []
    const call = ask(desk, `/api/blobs/sha256:${digest}`, Readable.from(blocks(desk, 'down', cuts)))
    expect((await call.head).statusCode).toBe(201)
    expect(fake.blobs.has(`sha256:${digest}`)).toBe(true)
    await check(cuts, annotate)
  })

  it('does not damage a download', async ({ annotate }) => {
    const { fake, desk } = await scene()
    const cuts: Promise<Cut>[] = []
    fake.on('POST', '/api/pull', async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      await pipeline(Readable.from(blocks(desk, 'up', cuts)), response)
    })
    const received = createHash('sha256')
    const response = await fetch(`${desk.keyUrl}/api/pull`, { method: 'POST', body: '{"model":"fake"}' })
    for await (const chunk of response.body!) received.update(chunk)
    expect(received.digest('hex')).toBe(digest)
    await check(cuts, annotate)
  })
})

/** One stream of every shape in flight, the upstream far from done. */
async function openStreams(fake: FakeUpstream, desk: Desk) {
  const endless = { tokens: 100_000, intervalMs: 10 }
  fake.on('POST', '/api/show', (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      .write('{"half":')
  })
  const ndjson = ask(desk, '/api/chat', body(endless))
  const sse = ask(desk, '/v1/chat/completions', body(endless))
  const json = ask(desk, '/api/show', { model: 'fake' })
  await Promise.all([ndjson, sse, json].map((call) => call.piece()))
  const seen = await Promise.all(
    ['/api/chat', '/v1/chat/completions', '/api/show'].map((path) => fake.request(path)),
  )
  return { ndjson, sse, json, seen }
}

/** Each client can detect that its answer is incomplete. */
async function expectErrors({ ndjson, sse, json }: Record<'ndjson' | 'sse' | 'json', Call>): Promise<void> {
  const lines = (await ndjson.broken()).trimEnd().split('\n')
  expect(JSON.parse(lines.at(-1)!)).toEqual({ error: expect.any(String) })
  const records = (await sse.broken()).trimEnd().split('\n\n')
  expect(JSON.parse(records.at(-1)!.replace(/^data: /, ''))).toMatchObject({ error: { code: 'TUNNEL_LOST' } })
  expect(sse.text).not.toContain('[DONE]')
  expect(await json.over).toBe('broken')
}

describe('a carrier that does not come back', () => {
  it('ends every stream with an error after the grace period, at both ends', async () => {
    const { fake, relay, desk } = await scene({ graceMs: 300 })
    const streams = await openStreams(fake, desk)
    await desk.proxy.refuse(true)
    desk.proxy.cut()
    await expectErrors(streams)
    await Promise.all(streams.seen.map(({ socketClosedAt }) => socketClosedAt))
    expect(desk.bridge.snapshot.activeRequests).toBe(0)
    expect(relay.tunnels.all).toEqual([])
  })

  it('ends streams when the relay was stopped, and connects to the next relay', async () => {
    const signingKey = await createSigningKey()
    const fake = await closedAfter(FakeUpstream.start())
    const first = await startTestRelay({}, { signingKey })
    const desk = await closedAfter(Desk.start(first, fake.origin))
    const streams = await openStreams(fake, desk)
    await first.close()
    await expectErrors(streams)
    const second = await closedAfter(startTestRelay({ port: first.port }, { signingKey }))
    await expect.poll(() => second.tunnels.all.length).toBe(1)
    await Promise.all(streams.seen.map(({ socketClosedAt }) => socketClosedAt))
    const response = await fetch(`${desk.keyUrl}/api/version`)
    expect(response.status).toBe(200)
  })
})

describe('a request while there is no carrier', () => {
  /** It has reached the relay, which waits for the device. */
  async function asked(clock: Clock) {
    const { relay, desk } = await scene({}, { clock })
    await desk.proxy.refuse(true)
    desk.proxy.cut()
    await desk.until(({ tunnel }) => tunnel.kind === 'waiting')
    const arrival = vi.spyOn(relay.tunnels.all[0]!, 'arrival')
    const call = new Call(`${desk.keyUrl}/api/version`)
    await expect.poll(() => arrival.mock.calls.length).toBe(1)
    return { desk, call }
  }

  it('waits for the next one and is answered', async () => {
    const { desk, call } = await asked(new SteppedClock())
    expect(call.pieces).toEqual([])
    await desk.proxy.refuse(false)
    desk.bridge.reconnect()
    expect((await call.head).statusCode).toBe(200)
  })

  it('is a 503 with Retry-After in less than a second when none comes', async () => {
    const clock = new SteppedClock()
    const { call } = await asked(clock)
    clock.advance(999)
    const { statusCode, headers } = await call.head
    expect(statusCode).toBe(503)
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  })
})
