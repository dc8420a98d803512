import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { FakeUpstream } from '../support/fake-upstream.ts'
import { fresh } from '../support/fixtures.ts'
import type { Desk } from '../support/stack.ts'

const it = fresh
const CHAT = JSON.stringify({ model: 'fake:latest', messages: [{ role: 'user', content: 'Hi' }] })

function ask({ relayUrl, key }: Desk, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${relayUrl}/api/chat/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  })
}

/** The data of the events of an answer. */
function eventsOf(text: string): string[] {
  return text
    .split('\n\n')
    .flatMap((event) => (event.startsWith('data: ') ? [event.slice('data: '.length)] : []))
}

function hideOllama(upstream: FakeUpstream): void {
  for (const path of ['/api/version', '/api/tags', '/api/ps'])
    upstream.on('GET', path, (_request, response) => void response.writeHead(404).end())
}

describe.each([
  ['Ollama', '/api/chat', () => {}],
  ['an OpenAI server', '/v1/chat/completions', hideOllama],
] as const)('a simple chat with %s', (_name, path, prepare) => {
  it('streams one answer as events, and keeps it for its client', async ({ upstream, startDesk }) => {
    prepare(upstream)
    const desk = await startDesk()
    const question = { message: 'hello', messages: [{ role: 'system', content: 'be brief' }] }
    const first = await ask(desk, question, { 'idempotency-key': 'once' })
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const text = await first.text()
    const events = eventsOf(text)
    expect(events.at(-1)).toBe('[DONE]')
    expect(JSON.parse(events.at(-2) ?? '')).toMatchObject({
      done: true,
      model: expect.stringContaining('fake'),
    })
    expect(JSON.parse(events[0] ?? '')).toEqual({ content: expect.stringContaining('token-0') })
    expect(await (await ask(desk, question, { 'idempotency-key': 'once' })).text()).toBe(text)
    const asked = upstream.seen.filter((seen) => seen.method === 'POST' && seen.path === path)
    expect(asked).toHaveLength(1)
    expect(await asked[0]?.json()).toMatchObject({
      model: upstream.models[0],
      messages: [...question.messages, { role: 'user', content: 'hello' }],
    })
  })

  it('refuses a model outside the key’s list, in the same format', async ({ upstream, startDesk }) => {
    prepare(upstream)
    const desk = await startDesk()
    const { key } = await desk.createKey({ name: 'narrow', models: ['another'] })
    const answer = await fetch(`${desk.relayUrl}/k/${key}/api/chat/stream`, {
      method: 'POST',
      body: JSON.stringify({ message: 'hello', model: upstream.models[0] }),
    })
    expect([answer.status, await answer.json()]).toEqual([403, { error: expect.any(String) }])
  })
})

it('serves the owner’s metrics at /api/metrics too', async ({ desk }) => {
  const headers = { authorization: `Bearer ${desk.key}` }
  const [short, long] = await Promise.all(
    ['/api/metrics', '/api/tunnel/metrics'].map(async (path) =>
      (await fetch(desk.relayUrl + path, { headers })).json(),
    ),
  )
  expect(short).toEqual(long)
})

it('adds up the tokens that the desktop counted, by key, also of a kept answer', async ({
  desk,
  upstream,
}) => {
  upstream.on('POST', '/api/chat', (_request, response) => {
    response.setHeader('content-type', 'application/x-ndjson')
    response.end(`{"message":{"content":"Hi"},"done":true,"eval_count":21,"eval_duration":1000}\n`)
  })
  const { key } = await desk.createKey({ name: 'tablet' })
  const ask = async (of: string, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { ...headers, authorization: `Bearer ${of}` }, body: CHAT }
    await (await fetch(`${desk.relayUrl}/api/chat`, init)).text()
  }
  await ask(desk.key)
  await ask(key, { 'idempotency-key': 'n1' })
  await ask(key, { 'idempotency-key': 'n1' })
  const figures = async (of: string) =>
    (await fetch(`${desk.relayUrl}/api/metrics`, { headers: { authorization: `Bearer ${of}` } })).json()
  const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url')
  await expect
    .poll(() => figures(desk.token))
    .toMatchObject({
      tokens: 42,
      keys: [
        { key: digestOf(desk.key), requests: 1, tokens: 21 },
        { key: digestOf(key), requests: 2, tokens: 21 },
      ],
    })
  expect(await figures(key)).toMatchObject({ keys: [{ key: digestOf(key), tokens: 21 }] })
})
