import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { describe, expect } from 'vitest'
import { Call } from '../support/call.ts'
import { formFor, scriptIn, textOf, tokenAt, type Script } from '../support/fake-answers.ts'
import type { FakeUpstream } from '../support/fake-upstream.ts'
import { FILE, shared } from '../support/fixtures.ts'
import type { SeenRequest } from '../support/seen-request.ts'
import type { Desk } from '../support/stack.ts'
import { until } from '../support/until.ts'

const it = shared.extend('otherKey', FILE, async ({ desk }) => (await desk.createKey({ name: 'other' })).key)
let names = 0

const newName = () => `answer-${names++}`
const messages = [{ role: 'user' as const, content: 'hi' }]
/** An answer that takes about a second, as `marker` tells it. */
const question = (marker: string, script: Partial<Script> = {}) => ({
  model: 'fake',
  messages,
  stream: true as const,
  max_tokens: 100,
  options: { tokens: 100, intervalMs: 10, marker, ...script },
})
type Question = ReturnType<typeof question>

/** The model server's complete response, byte for byte. */
function answerTo(path: string, content: Question): string {
  const form = formFor(path, content.model)!
  const script = scriptIn(content)
  const tokens = Array.from({ length: script.tokens }, (_, index) => form.piece(tokenAt(script, index)))
  return form.prologue + tokens.join('') + form.epilogue(script.tokens)
}

const ask = ({ relayUrl, key: own }: Desk, path: string, name: string, body: object, key = own) =>
  new Call(relayUrl + path, { headers: { authorization: `Bearer ${key}`, 'idempotency-key': name }, body })
const get = ({ relayUrl, key: own }: Desk, path: string, method = 'GET', key = own) =>
  fetch(relayUrl + path, { method, headers: { authorization: `Bearer ${key}` } })

/** The requests that made the model server generate for this marker. */
async function generationsOf(upstream: FakeUpstream, marker: string): Promise<SeenRequest[]> {
  const asked = upstream.seen.filter(({ method, path }) => method === 'POST' && path !== '/api/show')
  const bodies = await Promise.all(asked.map((seen) => seen.body()))
  return asked.filter((_, index) => bodies[index]?.text.includes(`"marker":"${marker}"`))
}

/** Disconnects in the middle of an answer. */
async function leaveMidway(desk: Desk, path: string, name: string, body: Question): Promise<string> {
  const call = ask(desk, path, name, body)
  await call.piece(() => call.text.length > 1_500)
  call.destroy()
  return call.text
}

describe.each(['/api/chat', '/v1/chat/completions', '/v1/messages'])('an answer of %s', (path) => {
  it('is complete for a client that reconnects, during and after generation, with one generation', async ({
    desk,
    upstream,
  }) => {
    const name = newName()
    const body = question(name)
    const part = await leaveMidway(desk, path, name, body)
    const whole = answerTo(path, body)
    expect(part.length).toBeLessThan(whole.length)
    expect(await ask(desk, path, name, body).whole()).toBe(whole)
    expect(await ask(desk, path, name, body).whole()).toBe(whole)
    const rest = await get(desk, `/v1/stream/${name}?from=${part.length}`)
    expect(part + (await rest.text())).toBe(whole)
    expect(await generationsOf(upstream, name)).toHaveLength(1)
  })
})

it('an answer is not continued by another one with its name', async ({ desk }) => {
  const name = newName()
  const path = '/v1/chat/completions'
  const rest = (tag: string) =>
    fetch(`${desk.relayUrl}/v1/stream/${name}?from=10`, {
      headers: { authorization: `Bearer ${desk.key}`, 'if-match': tag },
    })
  await ask(desk, path, name, question(name)).whole()
  const tag = (await get(desk, `/v1/stream/${name}`)).headers.get('etag') ?? ''
  expect(await (await rest(tag)).text()).toBe(answerTo(path, question(name)).slice(10))
  await get(desk, `/v1/stream/${name}`, 'DELETE')
  await ask(desk, path, name, question(name)).whole()
  const refusal = await rest(tag)
  expect([refusal.status, await refusal.text()]).toEqual([412, expect.stringContaining('KEPT_REPLACED')])
})

describe('real clients', () => {
  it('openai disconnects and rejoins its own answer', async ({ desk, upstream }) => {
    const name = newName()
    const client = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: desk.key, maxRetries: 0 })
    const chat = () =>
      client.chat.completions.create(question(name), { headers: { 'Idempotency-Key': `"${name}"` } })
    const first = await chat()
    await first[Symbol.asyncIterator]().next()
    first.controller.abort()
    let text = ''
    for await (const chunk of await chat()) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(textOf(scriptIn(question(name))))
    expect(await generationsOf(upstream, name)).toHaveLength(1)
  })

  it('ollama disconnects and rejoins its own answer, with llama.cpp’s header', async ({ desk, upstream }) => {
    const name = newName()
    const client = new Ollama({ host: desk.keyUrl, headers: { 'X-Conversation-Id': name } })
    const chat = () => client.chat({ ...question(name), stream: true } as never)
    const first = (await chat()) as unknown as AsyncIterable<object> & { abort(): void }
    await first[Symbol.asyncIterator]().next()
    first.abort()
    let text = ''
    const second = (await chat()) as unknown as AsyncIterable<{ message: { content: string } }>
    for await (const { message } of second) text += message.content
    expect(text).toBe(textOf(scriptIn(question(name))))
    expect(await generationsOf(upstream, name)).toHaveLength(1)
    // A conversation has more than one turn.
    const next = await client.chat({ ...question(`${name}-next`), stream: false } as never)
    expect((next as unknown as { message: { content: string } }).message.content).toContain(`${name}-next`)
  })

  it('a page may send the headers from any origin', async ({ desk }) => {
    const response = await fetch(`${desk.relayUrl}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://page.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,idempotency-key,x-conversation-id,last-event-id',
      },
    })
    expect(response.headers.get('access-control-allow-headers')).toMatch(
      /idempotency-key,x-conversation-id,last/,
    )
  })
})

describe('a kept answer', () => {
  const path = '/v1/chat/completions'

  it('belongs to its key: another key finds nothing, and gets its own answer with the same name', async ({
    desk,
    upstream,
    otherKey,
  }) => {
    const name = newName()
    await leaveMidway(desk, path, name, question(name))
    for (const method of ['GET', 'DELETE'])
      expect((await get(desk, `/v1/stream/${name}`, method, otherKey)).status).toBe(404)
    expect(await (await get(desk, '/v1/streams', 'GET', otherKey)).json()).toEqual([])
    expect(await (await get(desk, '/v1/streams')).json()).toContainEqual(
      expect.objectContaining({ conversation_id: name }),
    )
    const own = question(name, { tokens: 3 })
    expect(await ask(desk, path, name, own, otherKey).whole()).toBe(answerTo(path, own))
    expect(await generationsOf(upstream, name)).toHaveLength(2)
  })

  it('is not returned for another body', async ({ desk, upstream }) => {
    const name = newName()
    await leaveMidway(desk, path, name, question(name))
    const other = ask(desk, path, name, question(`${name}-other`))
    expect((await other.head).statusCode).toBe(422)
    expect(JSON.parse(await other.whole())).toMatchObject({ error: { code: 'KEPT_NAME_REUSED' } })
    expect(await generationsOf(upstream, `${name}-other`)).toHaveLength(0)
  })

  it('stops on DELETE, at the model server and for its readers', async ({ desk, upstream }) => {
    const name = newName()
    const body = question(name, { tokens: 100_000, intervalMs: 2 })
    await leaveMidway(desk, '/api/generate', name, body)
    const [seen] = await generationsOf(upstream, name)
    const reader = new Call(`${desk.relayUrl}/v1/stream/${name}`, { headers: desk.authorization })
    await reader.piece()
    expect((await get(desk, `/v1/stream/${name}`, 'DELETE')).status).toBe(204)
    await seen?.socketClosedAt
    expect(await reader.broken()).toMatch(/"message":"This answer was stopped before it was complete/)
    expect((await get(desk, `/v1/stream/${name}`)).status).toBe(404)
  })

  it('survives the carrier, for the client that stays and the one that comes back', async ({
    desk,
    upstream,
  }) => {
    const name = newName()
    const body = question(name)
    const stays = ask(desk, path, name, body)
    await stays.piece()
    const before = desk.bridge.snapshot.tunnel
    desk.proxy.cut()
    await desk.until(({ tunnel }) => tunnel.kind === 'online' && tunnel !== before)
    const back = ask(desk, path, name, body)
    expect([await stays.whole(), await back.whole()]).toEqual([answerTo(path, body), answerTo(path, body)])
    expect(await generationsOf(upstream, name)).toHaveLength(1)
  })

  it('is accepted before its model is loaded, for each waiting client', async ({ desk, upstream }) => {
    const name = newName()
    const body = question(name, { tokens: 2 })
    const load = upstream.holdLoads()
    const first = ask(desk, '/api/chat', name, body)
    await until(async () => (await generationsOf(upstream, name)).length === 1)
    first.destroy()
    const second = ask(desk, '/api/chat', name, body)
    load()
    expect(await second.whole()).toBe(answerTo('/api/chat', body))
    expect(await generationsOf(upstream, name)).toHaveLength(1)
  })

  it('is not kept unless the client requests it', async ({ desk, upstream }) => {
    const name = newName()
    const call = new Call(desk.relayUrl + path, {
      headers: desk.authorization,
      body: question(name, { tokens: 100_000 }),
    })
    await call.piece()
    const [seen] = await generationsOf(upstream, name)
    call.destroy()
    await seen?.socketClosedAt
    expect(await (await get(desk, '/v1/streams')).json()).not.toContainEqual(
      expect.objectContaining({ conversation_id: name }),
    )
  })
})
