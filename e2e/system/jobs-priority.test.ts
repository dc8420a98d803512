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
  const client = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: desk.key })
  const lines = ids('item', ROUNDS * 3).map((id) => chatLine(id))
  const { id } = await createBatch(client, lines)
  await expect.poll(() => log.length).toBeGreaterThan(0)
  const sentMs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    // At any time within a request of the batch.
    await delay(ITEM_MS * (1 + round / ROUNDS))
    sentMs.push(performance.now())
    const options = { headers: desk.authorization, body: { model: 'fake', messages: [] } }
    await new Call(desk.relayUrl + LIVE, options).whole()
  }
  await client.batches.cancel(id)
  await batchThat(client, id)

  const live = log.filter(({ path }) => path === LIVE)
  const items = log.filter(({ path }) => path === ITEM)
  expect(live).toHaveLength(ROUNDS)
  let waiting = 0
  for (const [round, { arrivedMs, endedMs }] of live.entries()) {
    const before = items.filter((item) => item.arrivedMs < arrivedMs)
    const running = before.filter((item) => item.endedMs > arrivedMs)
    expect(running.length).toBeLessThanOrEqual(1)
    waiting += running.length
    // One may begin while the chat is on its way.
    const overtaking = before.filter((item) => item.arrivedMs > sentMs[round]!)
    expect(overtaking.length).toBeLessThanOrEqual(1)
    const started = log.filter((each) => each.arrivedMs > arrivedMs && each.arrivedMs < endedMs)
    expect(started).toEqual([])
  }
  // The batch ran all the time: most chats had to wait, each for one request.
  expect(waiting).toBeGreaterThan(ROUNDS / 2)
})
