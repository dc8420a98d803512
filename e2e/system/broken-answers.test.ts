import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { beforeEach, describe, expect } from 'vitest'
import { FILE, shared } from '../support/fixtures.ts'
import { Call } from '../support/call.ts'
import { RawSocket } from '../support/raw-socket.ts'

const BROKE_OFF =
  'The model server on the desktop stopped in the middle of its answer. Try again, or check its log.'
const NDJSON = 'application/x-ndjson'
const SSE = 'text/event-stream'
const messages = [{ role: 'user' as const, content: 'hi' }]

/** How the model server fails after it has sent the text. */
let ending: (response: ServerResponse) => void
const it = shared
  .extend('upstreamSends', FILE, ({ upstream }) => (path: string, type: string, text: string): void => {
    upstream.on('POST', path, async (_request, response, seen) => {
      await seen.body()
      response.writeHead(200, { 'content-type': type })
      response.write(text)
      // Each write has been sent before the end.
      setImmediate(() => ending(response))
    })
  })
  .extend(
    'ask',
    FILE,
    ({ desk }) =>
      (path: string): Call =>
        new Call(desk.relayUrl + path, {
          headers: desk.authorization,
          body: { model: 'fake', stream: true, messages },
        }),
  )
  .extend('request', FILE, ({ desk }) => (path: string, version: string): string => {
    const body = JSON.stringify({ model: 'fake', stream: true, messages })
    return `POST ${path} HTTP/${version}\r\nHost: relay\r\nAuthorization: Bearer ${desk.key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  })

beforeEach(() => {
  ending = (response) => response.socket?.resetAndDestroy()
})

const token = (content: string): string =>
  `${JSON.stringify({ message: { role: 'assistant', content }, done: false })}\n`
const event = (value: { readonly type: string; readonly [key: string]: unknown }): string =>
  `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
const CHUNK = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }] })}\n\n`
const CREATED = event({
  type: 'response.created',
  sequence_number: 0,
  response: { id: 'resp_1', object: 'response', status: 'in_progress', output: [] },
})
const DELTA = event({
  type: 'response.output_text.delta',
  sequence_number: 1,
  item_id: 'i',
  output_index: 0,
  content_index: 0,
  delta: 'a',
})

describe.each([
  ['resets the connection', (response: ServerResponse) => void response.socket?.resetAndDestroy()],
  ['closes the connection', (response: ServerResponse) => void response.destroy()],
  ['ends its answer as if it were whole', (response: ServerResponse) => void response.end()],
])('a model server that %s in the middle of an answer', (_how, end) => {
  beforeEach(() => {
    ending = end
  })

  it.for([
    ['/api/chat', NDJSON, token('a'), `{"error":"${BROKE_OFF}"}\n`],
    ['/api/chat', NDJSON, token('a') + token('b').slice(0, 20), `\n{"error":"${BROKE_OFF}"}\n`],
    ['/api/pull', NDJSON, '{"status":"pulling manifest"}\n', `{"error":"${BROKE_OFF}"}\n`],
    [
      '/v1/chat/completions',
      SSE,
      CHUNK,
      `data: {"error":{"message":"${BROKE_OFF}","type":"server_error","code":"UPSTREAM_FAILED"}}\n\n`,
    ],
    [
      '/v1/messages',
      SSE,
      event({ type: 'message_start' }),
      `event: error\ndata: {"type":"error","error":{"type":"api_error","message":"${BROKE_OFF}"`,
    ],
    [
      '/v1/responses',
      SSE,
      CREATED + DELTA,
      `event: error\ndata: {"type":"error","sequence_number":2,"code":"UPSTREAM_FAILED","message":"${BROKE_OFF}","param":null}\n\n`,
    ],
  ] as const)(
    'results in an error after its data, and a reset connection: %s',
    async ([path, type, text, error], { upstreamSends, ask }) => {
      upstreamSends(path, type, text)
      const call = ask(path)
      expect(await call.over).toBe('broken')
      expect(call.text.slice(0, text.length)).toBe(text)
      expect(call.text.slice(text.length).startsWith(error)).toBe(true)
      expect(call.text).not.toContain('[DONE]')
    },
  )

  it('shows its error to the Ollama client', async ({ upstreamSends, desk }) => {
    upstreamSends('/api/chat', NDJSON, token('a'))
    const ollama = new Ollama({ host: desk.keyUrl })
    let text = ''
    const reading = (async () => {
      for await (const part of await ollama.chat({ model: 'fake', messages, stream: true }))
        text += part.message.content
    })()
    await expect(reading).rejects.toThrow(BROKE_OFF)
    expect(text).toBe('a')
  })

  it('shows its error to the OpenAI client, in chats and in responses', async ({ upstreamSends, desk }) => {
    upstreamSends('/v1/chat/completions', SSE, CHUNK)
    upstreamSends('/v1/responses', SSE, CREATED + DELTA)
    const openai = new OpenAI({ baseURL: `${desk.relayUrl}/v1`, apiKey: desk.key, maxRetries: 0 })
    const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of stream);
    }
    const chat = openai.chat.completions.create({ model: 'fake', messages, stream: true }).then(read)
    await expect(chat).rejects.toThrow(BROKE_OFF)
    const response = openai.responses.create({ model: 'fake', input: 'hi', stream: true }).then(read)
    await expect(response).rejects.toThrow(BROKE_OFF)
  })

  it('does not end cleanly for a client that only reads bytes', async ({ upstreamSends, desk }) => {
    upstreamSends('/api/chat', NDJSON, token('a'))
    const response = await fetch(`${desk.keyUrl}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fake' }),
    })
    await expect(response.text()).rejects.toThrow('terminated')
  })
})

describe('a broken answer', () => {
  it('has no final chunk on the wire', async ({ upstreamSends, relay, request }) => {
    upstreamSends('/api/chat', NDJSON, token('a'))
    const socket = await RawSocket.open(relay.port)
    socket.send(request('/api/chat', '1.1'))
    const text = await socket.rest()
    expect(text).toMatch(/\{"error":"[^"]+"\}\n\r\n$/)
    expect(text).not.toContain('\r\n0\r\n')
  })

  it('over HTTP/1.0, where closing ends the body, is reset after its error', async ({
    upstreamSends,
    relay,
    request,
  }) => {
    upstreamSends('/api/chat', NDJSON, token('a'))
    const socket = connect(relay.port, '127.0.0.1')
    let text = ''
    socket.on('data', (bytes) => (text += bytes.toString()))
    socket.write(request('/api/chat', '1.0'))
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
    expect(text.endsWith(`${token('a')}{"error":"${BROKE_OFF}"}\n`)).toBe(true)
  })

  it('reaches a slow client completely, with its error', async ({
    upstreamSends,
    relay,
    request,
    upstream,
    desk,
  }) => {
    const long = token('x'.repeat(1000)).repeat(2000)
    upstreamSends('/api/chat', NDJSON, long)
    const socket = await RawSocket.open(relay.port)
    socket.pause()
    socket.send(request('/api/chat', '1.1'))
    await upstream.request('/api/chat')
    // The relay has detected the failure before the client continues to read.
    await fetch(`${desk.keyUrl}/api/version`)
    const text = await socket.answer().then(
      () => '',
      () => socket.rest(),
    )
    expect(text).toMatch(/\{"error":"[^"]+"\}\n\r\n$/)
  })
})

describe('a complete answer', () => {
  beforeEach(() => {
    ending = (response) => void response.end()
  })

  it.for([
    ['/api/chat', NDJSON, `${token('a')}{"done":true}\n`],
    ['/api/pull', NDJSON, '{"status":"success"}\n'],
    ['/api/chat', NDJSON, '{"error":"the runner has crashed"}\n'],
    ['/v1/chat/completions', SSE, CHUNK.replace('null', '"stop"')],
    ['/v1/chat/completions', SSE, `${CHUNK}data: [DONE]\n\n`],
    ['/v1/responses', SSE, event({ type: 'response.completed', sequence_number: 1, response: {} })],
    ['/v1/messages', SSE, event({ type: 'message_stop' })],
  ] as const)('passes unchanged: %s %s %j', async ([path, type, text], { upstreamSends, ask }) => {
    upstreamSends(path, type, text)
    const call = ask(path)
    expect([await call.over, call.text]).toEqual(['end', text])
  })
})
