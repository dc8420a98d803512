import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Call } from '../support/call.ts'
import { formFor, scriptIn, textOf, tokenAt, type Script } from '../support/fake-answers.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { startStack, type Stack } from '../support/stack.ts'

let fake: FakeUpstream
let stack: Stack
let otherKey: string
let names = 0
beforeAll(async () => {
  fake = await FakeUpstream.start()
  stack = await startStack(fake.origin)
  otherKey = (await stack.desk.createKey({ name: 'somebody else' })).key
})
afterAll(async () => {
  await stack.close()
  await fake.close()
})

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

/** All that the model server says to it, byte for byte. */
function answerTo(path: string, content: Question): string {
  const form = formFor(path, content.model)!
  const script = scriptIn(content)
  const tokens = Array.from({ length: script.tokens }, (_, index) => form.piece(tokenAt(script, index)))
  return form.prologue + tokens.join('') + form.epilogue(script.tokens)
}

const at = (path: string) => `${stack.desk.relayUrl}${path}`
const ask = (path: string, name: string, body: object, key = stack.desk.key) =>
  new Call(at(path), { headers: { authorization: `Bearer ${key}`, 'idempotency-key': name }, body })
const get = (path: string, key = stack.desk.key, method = 'GET') =>
  fetch(at(path), { method, headers: { authorization: `Bearer ${key}` } })
const generations = () => fake.seen.filter(({ method, target }) => method === 'POST' && !/show/.test(target))
const generationsOf = async (marker: string) => {
  const bodies = await Promise.all(generations().map((seen) => seen.body()))
  return bodies.filter(({ text }) => text.includes(`"marker":"${marker}"`)).length
}

/** Leaves in the middle of an answer. */
async function leaveMidway(path: string, name: string, body: Question): Promise<string> {
  const call = ask(path, name, body)
  await call.piece(() => call.text.length > 1_500)
  call.destroy()
  return call.text
}

describe.each(['/api/chat', '/v1/chat/completions', '/v1/messages'])('an answer of %s', (path) => {
  it('is whole for a client that comes back, while it is made and after its end, by one generation', async () => {
    const name = newName()
    const body = question(name)
    const part = await leaveMidway(path, name, body)
    const whole = answerTo(path, body)
    expect(part.length).toBeLessThan(whole.length)
    expect(await ask(path, name, body).whole()).toBe(whole)
    expect(await ask(path, name, body).whole()).toBe(whole)
    const rest = await get(`/v1/stream/${name}?from=${part.length}`)
    expect(part + (await rest.text())).toBe(whole)
    expect(await generationsOf(name)).toBe(1)
  })
})

describe('real clients', () => {
  it('openai goes away and joins its own answer', async () => {
    const name = newName()
    const client = new OpenAI({ baseURL: at('/v1'), apiKey: stack.desk.key, maxRetries: 0 })
    const chat = () =>
      client.chat.completions.create(question(name), { headers: { 'Idempotency-Key': `"${name}"` } })
    const first = await chat()
    await first[Symbol.asyncIterator]().next()
    first.controller.abort()
    let text = ''
    for await (const chunk of await chat()) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(textOf(scriptIn(question(name))))
    expect(await generationsOf(name)).toBe(1)
  })

  it('ollama goes away and joins its own answer, by llama.cpp’s header', async () => {
    const name = newName()
    const client = new Ollama({ host: stack.desk.keyUrl, headers: { 'X-Conversation-Id': name } })
    const chat = () => client.chat({ ...question(name), stream: true } as never)
    const first = (await chat()) as unknown as AsyncIterable<object> & { abort(): void }
    await first[Symbol.asyncIterator]().next()
    first.abort()
    let text = ''
    const second = (await chat()) as unknown as AsyncIterable<{ message: { content: string } }>
    for await (const { message } of second) text += message.content
    expect(text).toBe(textOf(scriptIn(question(name))))
    expect(await generationsOf(name)).toBe(1)
    // A conversation has more than one turn.
    const next = await client.chat({ ...question(`${name}-next`), stream: false } as never)
    expect((next as unknown as { message: { content: string } }).message.content).toContain(`${name}-next`)
  })

  it('a page may send the headers from any origin', async () => {
    const response = await fetch(at('/v1/chat/completions'), {
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

  it('is nobody else’s: another key finds nothing, and gets an answer of its own by the same name', async () => {
    const name = newName()
    await leaveMidway(path, name, question(name))
    for (const method of ['GET', 'DELETE'])
      expect((await get(`/v1/stream/${name}`, otherKey, method)).status).toBe(404)
    expect(await (await get('/v1/streams', otherKey)).json()).toEqual([])
    expect(await (await get('/v1/streams')).json()).toContainEqual(
      expect.objectContaining({ conversation_id: name }),
    )
    const own = question(name, { tokens: 3 })
    expect(await ask(path, name, own, otherKey).whole()).toBe(answerTo(path, own))
    expect(await generationsOf(name)).toBe(2)
  })

  it('is not that of another body', async () => {
    const name = newName()
    await leaveMidway(path, name, question(name))
    const other = ask(path, name, question(`${name}-other`))
    expect((await other.head).statusCode).toBe(422)
    expect(JSON.parse(await other.whole())).toMatchObject({ error: { code: 'KEPT_NAME_REUSED' } })
    expect(await generationsOf(`${name}-other`)).toBe(0)
  })

  it('stops on DELETE: at the model server, and for who is reading', async () => {
    const name = newName()
    const body = question(name, { tokens: 100_000, intervalMs: 2 })
    await leaveMidway('/api/generate', name, body)
    const seen = generations().at(-1)!
    const reader = new Call(at(`/v1/stream/${name}`), { headers: stack.desk.authorization })
    await reader.piece()
    expect((await get(`/v1/stream/${name}`, stack.desk.key, 'DELETE')).status).toBe(204)
    await seen.socketClosedAt
    expect(await reader.broken()).toMatch(/"message":"This answer was stopped before its end/)
    expect((await get(`/v1/stream/${name}`)).status).toBe(404)
  })

  it('survives the carrier, for the client that stays and the one that comes back', async () => {
    const { desk } = stack
    const name = newName()
    const body = question(name)
    const stays = ask(path, name, body)
    await stays.piece()
    const before = desk.bridge.snapshot.tunnel
    desk.proxy.cut()
    await desk.until(({ tunnel }) => tunnel.kind === 'online' && tunnel !== before)
    const back = ask(path, name, body)
    expect([await stays.whole(), await back.whole()]).toEqual([answerTo(path, body), answerTo(path, body)])
    expect(await generationsOf(name)).toBe(1)
  })

  it('is heard of before its model is loaded, by each who waits for it', async () => {
    const name = newName()
    const body = question(name, { tokens: 2 })
    const load = fake.holdLoads()
    const first = ask('/api/chat', name, body)
    await vi.waitFor(async () => expect(await generationsOf(name)).toBe(1))
    first.destroy()
    const second = ask('/api/chat', name, body)
    load()
    expect(await second.whole()).toBe(answerTo('/api/chat', body))
    expect(await generationsOf(name)).toBe(1)
  })

  it('waits for nobody who did not ask', async () => {
    const name = newName()
    const call = new Call(at(path), {
      headers: stack.desk.authorization,
      body: question(name, { tokens: 100_000 }),
    })
    await call.piece()
    const seen = generations().at(-1)!
    call.destroy()
    await seen.socketClosedAt
    expect(await (await get('/v1/streams')).json()).not.toContainEqual(
      expect.objectContaining({ conversation_id: name }),
    )
  })
})
