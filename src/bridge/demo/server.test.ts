import { request } from 'node:http'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../shared/clock.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import { startDemoUpstream, type DemoUpstream } from './server.ts'

const hastyClock: Clock = { ...systemClock, after: (_delayMs, callback) => systemClock.after(0, callback) }
const user = (content: string) => [{ role: 'user' as const, content }]

let demo: DemoUpstream
beforeEach(async () => {
  demo = await startDemoUpstream({ clock: hastyClock })
})
afterEach(() => demo.close())

const post = (path: string, body: object | string, headers: Record<string, string> = {}) =>
  fetch(demo.origin + path, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

describe('with the ollama package', () => {
  const client = () => new Ollama({ host: demo.origin })

  it('streams an answer that is complete, identifies itself, and ends with statistics', async () => {
    const parts = []
    for await (const part of await client().chat({
      model: 'demo',
      messages: user('hello there'),
      stream: true,
    }))
      parts.push(part)
    const text = parts.map((part) => part.message.content).join('')
    expect(text).toContain('not a real language model')
    expect(text).toContain('"hello there"')
    expect(parts.length).toBeGreaterThan(20)
    expect(parts.at(-1)).toMatchObject({ done: true, done_reason: 'stop', eval_count: parts.length - 1 })
    expect(parts.at(-1)!.eval_duration).toBeGreaterThan(0)
  })

  it('answers chat and generate as one response if not asked to stream', async () => {
    const chat = await client().chat({ model: 'demo:latest', messages: user('hi') })
    const generated = await client().generate({ model: 'demo', prompt: 'hi' })
    expect(generated.response).toBe(chat.message.content)
    expect(chat).toMatchObject({ done: true, message: { role: 'assistant' } })
  })

  it('treats an empty prompt as a request to load or unload', async () => {
    expect((await client().generate({ model: 'demo', prompt: '' })).done_reason).toBe('load')
    expect((await client().chat({ model: 'demo', messages: [], keep_alive: 0 })).done_reason).toBe('unload')
  })

  it('lists and shows its one model, also as loaded', async () => {
    expect((await client().list()).models.map(({ name }) => name)).toEqual(['demo:latest'])
    expect((await client().ps()).models[0]).toMatchObject({ name: 'demo:latest' })
    expect((await client().show({ model: 'demo' })).capabilities).toContain('completion')
    expect((await client().version()).version).toBe('0.0.0-demo')
  })

  it('embeds the same text the same way, as a unit vector', async () => {
    const { embeddings } = await client().embed({ model: 'demo', input: ['a', 'b', 'a'] })
    const single = await client().embeddings({ model: 'demo', prompt: 'a' })
    expect(embeddings[0]).toEqual(embeddings[2])
    expect(embeddings[0]).toEqual(single.embedding)
    expect(embeddings[0]).not.toEqual(embeddings[1])
    expect(Math.hypot(...embeddings[0]!)).toBeCloseTo(1)
  })

  it('answers for an unknown model as Ollama does', async () => {
    const attempt = client().chat({ model: 'llama3', messages: user('hi') })
    await expect(attempt).rejects.toMatchObject({ status_code: 404, error: "model 'llama3' not found" })
  })
})

describe('with the openai package', () => {
  const client = () => new OpenAI({ baseURL: `${demo.origin}/v1`, apiKey: 'none', maxRetries: 0 })

  it('streams a chat with a finish reason and, on request, usage', async () => {
    const stream = await client().chat.completions.create({
      model: 'demo',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'in parts' }] }],
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
    expect(text).toContain('"in parts"')
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2 } })
  })

  it('answers chat and completions as one response', async () => {
    const chat = await client().chat.completions.create({ model: 'demo', messages: user('hi') })
    const completion = await client().completions.create({ model: 'demo', prompt: ['hi'] })
    expect(completion.choices[0]!.text).toBe(chat.choices[0]!.message.content)
    expect(chat.usage!.total_tokens).toBe(1 + chat.usage!.completion_tokens)
  })

  it('returns the same embeddings in base64, the package’s default, as in numbers', async () => {
    const packed = await client().embeddings.create({ model: 'demo', input: 'a' })
    const plain = await client().embeddings.create({ model: 'demo', input: 'a', encoding_format: 'float' })
    expect(packed.data[0]!.embedding).toHaveLength(32)
    expect(packed.data[0]!.embedding[0]).toBeCloseTo(plain.data[0]!.embedding[0]!)
  })

  it('finds its model under an encoded name, and no other', async () => {
    expect((await client().models.list()).data.map(({ id }) => id)).toEqual(['demo:latest'])
    expect((await client().models.retrieve('demo:latest')).id).toBe('demo:latest')
    await expect(client().models.retrieve('x')).rejects.toMatchObject({
      status: 404,
      type: 'not_found_error',
    })
  })
})

describe('in Anthropic’s format', () => {
  const body = { model: 'demo', max_tokens: 9, messages: user('hi') }

  it('streams events in order, with the same text as a single response', async () => {
    const whole = (await (await post('/v1/messages', body)).json()) as { content: { text: string }[] }
    const events = await (await post('/v1/messages', { ...body, stream: true })).text()
    const data = [...events.matchAll(/^data: (.*)$/gm)].map(([, text]) => JSON.parse(text!))
    const names = [...events.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)
    expect(data.map(({ type }) => type)).toEqual(names)
    expect(names.filter((name, index) => name !== names[index - 1])).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    expect(data.map(({ delta }) => delta?.text ?? '').join('')).toBe(whole.content[0]!.text)
  })

  it('wraps errors as Anthropic does', async () => {
    const response = await post('/v1/messages', { ...body, model: 'x' })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } })
  })
})

describe('as a server', () => {
  it('answers GET and HEAD / like Ollama', async () => {
    expect(await (await fetch(demo.origin)).text()).toBe('Ollama is running')
    const head = await fetch(`${demo.origin}/api/version`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each([
    ['not JSON', '{', 400],
    ['a list', '[]', 400],
    ['no model', '{}', 400],
    ['too large', `"${'x'.repeat(17 * 1024 * 1024)}"`, 413],
  ])('refuses a body that is %s, and keeps running', async (_what, body, status) => {
    const response = await post('/v1/chat/completions', body)
    expect(response.status).toBe(status)
    expect(await response.json()).toHaveProperty('error.message')
  })

  it.each([
    ['/v1/embeddings', { input: [{ toString: 1, valueOf: 1 }, null] }],
    ['/api/chat', { messages: [null, { role: 'user', content: [null, { text: {} }] }], options: null }],
    ['/v1/completions', { prompt: { a: 1 }, stream_options: 1 }],
  ])('survives values of unexpected types at %s', async (path, body) => {
    expect((await post(path, { model: 'demo', ...body })).status).toBe(200)
  })

  it('answers other paths with 404', async () => {
    expect((await post('/api/pull', { model: 'x' })).status).toBe(404)
    expect((await fetch(`${demo.origin}/debug/pprof`)).status).toBe(404)
  })
})

describe('timing', () => {
  let clock: FakeClock
  const chat = { model: 'demo', messages: user('hi') }

  /** Waits until the server has a pending timer. */
  const waiting = async (): Promise<void> => {
    await expect.poll(() => clock.pendingTimers).toBeGreaterThan(0)
  }

  /** Sends a request and waits until its response has a pending timer. */
  const openChat = async (headers: Record<string, string>, body: object) => {
    const seen: { status?: number; words: string[] } = { words: [] }
    const outgoing = request(`${demo.origin}/api/chat`, { method: 'POST', headers, agent: false })
    outgoing.on('error', () => {})
    outgoing.on('response', (response) => {
      seen.status = response.statusCode!
      response.on('data', (line) => seen.words.push(JSON.parse(String(line)).message.content))
      response.on('error', () => {})
    })
    outgoing.end(JSON.stringify(body))
    await waiting()
    return { outgoing, seen }
  }

  beforeEach(async () => {
    await demo.close()
    clock = new FakeClock()
    demo = await startDemoUpstream({ clock })
  })

  it.each([
    ['header', { 'x-demo-load-ms': '90000' }, chat],
    ['body', {}, { ...chat, options: { load_ms: 90_000 } }],
  ])('withholds the headers while it simulates loading, by %s', async (_where, headers, body) => {
    const { outgoing, seen } = await openChat(headers, body)
    clock.advance(89_999)
    expect([clock.pendingTimers, seen.status]).toEqual([1, undefined])
    clock.advance(1)
    await expect.poll(() => seen.status).toBe(200)
    outgoing.destroy()
  })

  it('sends a word every 20 ms', async () => {
    const { outgoing, seen } = await openChat({}, chat)
    for (const count of [1, 2, 3]) {
      await waiting()
      clock.advance(19)
      expect(clock.pendingTimers).toBe(1)
      clock.advance(1)
      await expect.poll(() => seen.words.length).toBe(count)
    }
    expect(seen.words).toEqual(['This', ' is', ' the'])
    outgoing.destroy()
  })

  it.each([
    ['loading', 90_000],
    ['speaking', 0],
  ])('stops when the client disconnects while it is %s', async (_what, loadMs) => {
    const { outgoing } = await openChat({ 'x-demo-load-ms': String(loadMs) }, chat)
    outgoing.destroy()
    await expect.poll(() => clock.pendingTimers).toBe(0)
    clock.advance(200_000)
    await new Promise(setImmediate)
    expect(clock.pendingTimers).toBe(0)
  })
})
