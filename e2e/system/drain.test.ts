import { describe, expect } from 'vitest'
import { createSigningKey } from '../../src/relay/auth/signing-key.ts'
import type { Relay } from '../../src/relay/relay.ts'
import { textOf, type Script } from '../support/fake-answers.ts'
import { closedAfter, fresh } from '../support/fixtures.ts'
import { sendBulk } from '../support/fake-upstream.ts'
import { SlowClient } from '../support/slow-client.ts'
import { Desk, startTestRelay, type DeskOptions } from '../support/stack.ts'
import { SteppedClock } from '../support/stepped-clock.ts'

const SCRIPT: Script = {
  tokens: 40,
  intervalMs: 10,
  marker: 'flight',
  padBytes: 0,
  load_ms: 0,
  breakBy: 'close',
}

/** Longer than any test takes. */
const LONG_MS = 600_000

const it = fresh.extend(
  'deskAt',
  ({ upstream }) =>
    (relay: Relay, options?: DeskOptions) =>
      closedAfter(Desk.start(relay, upstream.origin, options)),
)

const startRelay = (...args: Parameters<typeof startTestRelay>) => closedAfter(startTestRelay(...args))

interface Chat {
  readonly response: Response
  /** Reads to the end. */
  readonly text: () => Promise<string>
}

/** A chat whose first token has arrived. */
async function chat(desk: Desk, script: Partial<Script> = {}, relayUrl = desk.relayUrl): Promise<Chat> {
  const response = await fetch(`${relayUrl}/api/chat`, {
    method: 'POST',
    headers: desk.authorization,
    body: JSON.stringify({ model: 'fake', messages: [], options: { ...SCRIPT, ...script } }),
  })
  const begun = Promise.withResolvers<void>()
  const whole = readAll(response, begun.resolve)
  await begun.promise
  return { response, text: () => whole }
}

/** Reads immediately, since `fetch` drops unread data when an answer is truncated. */
async function readAll(response: Response, onFirst: () => void): Promise<string> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of response.body!) {
      chunks.push(chunk)
      onFirst()
    }
  } catch {
    // Truncated: its last record contains the reason.
  }
  onFirst()
  return Buffer.concat(chunks).toString()
}

/** The text of an NDJSON answer; a final record other than `done` is reported as an error. */
function wordsIn(ndjson: string): string {
  const records = ndjson
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const last = records.at(-1)
  if (last.done !== true) return `broken off: ${JSON.stringify(last)}`
  return records.map(({ message }) => message.content).join('')
}

describe('a relay that stops', () => {
  it('lets streams finish, and stops as soon as the last one has', async ({ deskAt }) => {
    const clock = new SteppedClock()
    const relay = await startRelay({ drainMs: LONG_MS }, { clock })
    const desk = await deskAt(relay)
    const { text } = await chat(desk)
    const closed = relay.close()
    expect(wordsIn(await text())).toBe(textOf(SCRIPT))
    await clock.pass(2_000)
    await closed
  })

  it('notifies the bridge immediately', async ({ upstream, deskAt }) => {
    const relay = await startRelay({ drainMs: LONG_MS })
    const desk = await deskAt(relay)
    const finish = upstream.holdAnswers(1)
    const { text } = await chat(desk)
    const closed = relay.close()
    await desk.until(({ tunnel }) => tunnel.kind !== 'online')
    expect(relay.tunnels.all[0]?.streamCount).toBe(1)
    finish()
    await text()
    await closed
  })

  it('waits for a slow reader to take the last byte', async ({ upstream, deskAt }) => {
    const relay = await startRelay({ drainMs: LONG_MS })
    const desk = await deskAt(relay)
    let sha256: Promise<string> | undefined
    upstream.on('POST', '/api/generate', async (_request, response, seen) => {
      await seen.body()
      sha256 = sendBulk(response, 24 * 2 ** 20)
      await sha256
    })
    const client = await SlowClient.post(`${desk.keyUrl}/api/generate`, { model: 'fake' })
    // Until the relay has received everything, and still buffers what neither the client nor the kernel has.
    while (relay.tunnels.all[0]?.streamCount !== 0) {
      await client.read(2 ** 20)
      await (await chat(desk, { tokens: 5 })).text()
    }
    const closed = relay.close()
    await desk.until(({ tunnel }) => tunnel.kind !== 'online')
    expect((await client.readAll()).sha256).toBe(await sha256)
    await closed
  })

  it('aborts longer requests in a way that no client mistakes for success', async ({ deskAt }) => {
    const relay = await startRelay({ drainMs: 100 })
    const desk = await deskAt(relay)
    const { text } = await chat(desk, { tokens: 10_000 })
    await relay.close()
    expect(wordsIn(await text())).toMatch(/^broken off: \{"error":"/)
  })

  it.for([
    ['/api/tags', { error: expect.stringContaining('stopping') }],
    ['/v1/models', { error: { code: 'DRAINING', message: expect.stringContaining('stopping') } }],
  ] as const)(
    'answers new requests to %s with 503 in the API’s dialect',
    async ([path, body], { upstream, deskAt }) => {
      const relay = await startRelay({ drainMs: LONG_MS })
      const desk = await deskAt(relay)
      const finish = upstream.holdAnswers(1)
      const { text } = await chat(desk)
      const closed = relay.close()
      const refused = await fetch(`${desk.relayUrl}${path}`, { headers: desk.authorization })
      expect(refused.status).toBe(503)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await refused.json()).toMatchObject(body)
      expect((await fetch(`${desk.relayUrl}/health/ready`)).status).toBe(503)
      finish()
      expect(wordsIn(await text())).toBe(textOf(SCRIPT))
      await closed
    },
  )

  it('moves its bridges to another relay while old streams finish', async ({ upstream, deskAt }) => {
    const signingKey = await createSigningKey()
    const former = await startRelay({ drainMs: LONG_MS }, { signingKey })
    const next = await startRelay({}, { signingKey })
    const desk = await deskAt(former)
    const finish = upstream.holdAnswers(1)
    const { text } = await chat(desk)
    desk.proxy.retarget(next.port)
    const closed = former.close()
    await desk.until(({ tunnel }) => tunnel.kind !== 'online')
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
    expect(former.tunnels.all[0]?.streamCount).toBe(1)
    const onNext = await chat(desk, { tokens: 1 }, next.url)
    expect(onNext.response.status).toBe(200)
    expect(wordsIn(await onNext.text())).toBe(textOf({ ...SCRIPT, tokens: 1 }))
    finish()
    expect(wordsIn(await text())).toBe(textOf(SCRIPT))
    await closed
    expect(desk.bridge.snapshot.tunnel.kind).toBe('online')
  })
})

describe('a second bridge with the same identity', () => {
  it('takes over the tunnel immediately; the first is notified and does not reconnect', async ({
    deskAt,
  }) => {
    // Time stands still, so nothing waits.
    const clock = new SteppedClock()
    const relay = await startRelay({}, { clock })
    const first = await deskAt(relay, { clock })
    const { text } = await chat(first)
    const second = await deskAt(relay, { clock, identity: first.identity })
    const { tunnel } = await first.until(({ tunnel }) => tunnel.kind !== 'online')
    expect(tunnel).toEqual({ kind: 'blocked', cause: 'REPLACED' })
    expect(wordsIn(await text())).toMatch(/^broken off: \{"error":"/)
    expect(wordsIn(await (await chat(second)).text())).toBe(textOf(SCRIPT))
    expect(first.bridge.snapshot.tunnel.kind).toBe('blocked')
    expect(first.proxy.connections).toBe(1)
    expect(relay.tunnels.all).toHaveLength(1)
  })

  it('is not blocked by the first, whose network failed silently', async ({ deskAt }) => {
    const relay = await startRelay()
    const ghost = await deskAt(relay)
    const { text } = await chat(ghost)
    ghost.proxy.freeze('live')
    ghost.bridge.stop()
    expect(relay.tunnels.all[0]?.isAttached).toBe(true)
    const returned = await deskAt(relay, { identity: ghost.identity })
    expect(wordsIn(await text())).toMatch(/^broken off: \{"error":"/)
    ghost.proxy.thaw()
    expect(wordsIn(await (await chat(returned)).text())).toBe(textOf(SCRIPT))
    expect(returned.bridge.snapshot.tunnel.kind).toBe('online')
  })
})

describe('a bridge that wakes up', () => {
  it('is online again without any pause, with its streams intact, although its socket looks open', async ({
    deskAt,
  }) => {
    const clock = new SteppedClock()
    const relay = await startRelay({}, { clock })
    const desk = await deskAt(relay, { clock })
    const { text } = await chat(desk, { tokens: 100 })
    const tunnelId = relay.tunnels.all[0]?.id
    desk.proxy.freeze('live')
    desk.bridge.reconnect()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
    expect(wordsIn(await text())).toBe(textOf({ ...SCRIPT, tokens: 100 }))
    expect(relay.tunnels.all.map(({ id }) => id)).toEqual([tunnelId])
  })
})
