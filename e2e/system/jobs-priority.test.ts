import OpenAI from 'openai'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { batchThat, chatLine, createBatch, ids } from '../support/batch-client.ts'
import { Call } from '../support/call.ts'
import type { FakeUpstream, Handler } from '../support/fake-upstream.ts'
import { fresh as it } from '../support/fixtures.ts'

const ROUNDS = 20
const ITEM_MS = 300
const TOKENS = 5
/** Allowance for the round trip beside a batch, and for timers. */
const SLACK_MS = 150
const LIVE = '/api/chat'
const ITEM = '/v1/chat/completions'

interface Served {
  readonly path: string
  readonly arrivedMs: number
  endedMs: number
}

/** Serves one request at a time, as Ollama does by default. */
function serveInLine(upstream: FakeUpstream): Served[] {
  const log: Served[] = []
  let line = Promise.resolve()
  const inLine = (path: string, answer: Handler): void =>
    upstream.on('POST', path, (request, response, seen) => {
      const served = { path, arrivedMs: performance.now(), endedMs: Infinity }
      log.push(served)
      line = line.then(async () => {
        await answer(request, response, seen)
        served.endedMs = performance.now()
      })
      return line
    })
  inLine(LIVE, async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for (let left = TOKENS; left > 0; left--) {
      response.write(`{"message":{"content":"t"},"done":${left === 1}}\n`)
      await delay(20)
    }
    response.end()
  })
  inLine(ITEM, async (_request, response) => {
    await delay(ITEM_MS)
    response.setHeader('content-type', 'application/json')
    response.end('{"choices":[{"message":{"content":"done"}}]}')
  })
  return log
}

it('a chat beside a batch waits for the request that is running, and nothing else starts before the chat ends', async ({
  desk,
  upstream,
}) => {
  const log = serveInLine(upstream)
  /** Chats at any time within a batch's request. @returns when each was sent, and its delay to the first token */
  const chats = async () => {
    const delays: { sentMs: number; delayMs: number }[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await delay(ITEM_MS * (1 + round / ROUNDS))
      const sentMs = performance.now()
      const options = { headers: desk.authorization, body: { model: 'fake', messages: [] } }
      const call = new Call(desk.relayUrl + LIVE, options)
      await call.piece()
      delays.push({ sentMs, delayMs: performance.now() - sentMs })
      await call.whole()
    }
    return delays
  }
  const alone = await chats()
  log.splice(0)

  const client = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: desk.key })
  const lines = ids('item', ROUNDS * 3).map((id) => chatLine(id))
  const { id } = await createBatch(client, lines)
  await expect.poll(() => log.length).toBeGreaterThan(0)
  const beside = await chats()
  await client.batches.cancel(id)
  await batchThat(client, id)

  const live = log.filter(({ path }) => path === LIVE)
  const longestAlone = Math.max(...alone.map(({ delayMs }) => delayMs))
  const waits: number[] = []
  for (const [round, { arrivedMs, endedMs }] of live.entries()) {
    const { sentMs = 0, delayMs = Infinity } = beside[round] ?? {}
    const before = log.filter((each) => each.path === ITEM && each.arrivedMs < arrivedMs)
    const waitMs = Math.max(0, (before.at(-1)?.endedMs ?? 0) - sentMs)
    waits.push(waitMs)
    expect(delayMs).toBeLessThanOrEqual(waitMs + longestAlone + SLACK_MS)
    const started = log.filter((each) => each.arrivedMs > arrivedMs && each.arrivedMs < endedMs)
    expect(started).toEqual([])
  }
  expect(live).toHaveLength(ROUNDS)
  // The batch ran all the time: most chats had to wait, each for one request.
  expect(waits.filter((waitMs) => waitMs > 0).length).toBeGreaterThan(ROUNDS / 2)
  expect(Math.max(...waits)).toBeLessThan(ITEM_MS + SLACK_MS)
})
