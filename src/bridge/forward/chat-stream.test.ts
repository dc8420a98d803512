import type { ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import type { UpstreamKind } from '../../shared/announcement.ts'
import { closeServers, errorText, forwarderFor, header, types, upstreamOf } from './forwarder.test-support.ts'

afterEach(closeServers)

interface Asked {
  readonly url: string | undefined
  readonly type: string | undefined
  readonly body: unknown
}

/** An upstream whose answers `respond` writes, and what it was asked. */
async function chatUpstream(kind: UpstreamKind, respond: (response: ServerResponse) => void) {
  const asked: Asked[] = []
  const upstream = await upstreamOf((request, response) => {
    void json(request).then((body) => {
      asked.push({ url: request.url, type: request.headers['content-type'], body })
      respond(response)
    })
  })
  return {
    asked,
    upstream: { ...upstream, kind, models: ['nomic-embed-text', 'new', 'old'], loaded: ['old'] },
  }
}

const ndjson = (response: ServerResponse, ...records: object[]) => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.end(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
}
const sse = (response: ServerResponse, ...records: (object | string)[]) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const texts = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)))
  response.end(texts.map((text) => `data: ${text}\n\n`).join(''))
}
const piece = (delta: object) => ({ model: 'old', choices: [{ delta, finish_reason: null }] })
const OLLAMA = (response: ServerResponse) =>
  ndjson(
    response,
    { model: 'old', message: { role: 'assistant', content: '', thinking: 'hm' }, done: false },
    { model: 'old', message: { role: 'assistant', content: 'Hi "you"' }, done: false },
    {
      model: 'old',
      message: { role: 'assistant', content: '' },
      done: true,
      eval_count: 7,
      eval_duration: 9,
    },
  )
const OPENAI = (response: ServerResponse) =>
  sse(
    response,
    piece({ role: 'assistant', reasoning_content: 'hm' }),
    piece({ content: 'Hi "you"' }),
    { model: 'old', choices: [], usage: { prompt_tokens: 3, completion_tokens: 7 } },
    '[DONE]',
  )
const BEGINNING = 'data: {"thinking":"hm"}\n\ndata: {"content":"Hi \\"you\\""}\n\n'

describe('/api/chat/stream', () => {
  it.each([
    ['ollama', OLLAMA, '/api/chat', '"eval_count":7,"eval_duration":9'],
    ['demo', OLLAMA, '/api/chat', '"eval_count":7,"eval_duration":9'],
    ['openai', OPENAI, '/v1/chat/completions', '"prompt_eval_count":3,"eval_count":7'],
  ] as const)(
    'queries %s with its own API and returns the same events',
    async (kind, respond, path, figures) => {
      const { upstream, asked } = await chatUpstream(kind, respond)
      const stream = forwarderFor(upstream).post('/api/chat/stream', { message: 'hello' }, [
        'Content-Type',
        'text/plain',
      ])
      await stream.over()
      expect(asked).toMatchObject([{ url: path, type: 'application/json' }])
      expect(asked[0]?.body).toMatchObject({ stream: true, messages: [{ role: 'user', content: 'hello' }] })
      expect(types(stream)).toEqual(['accept', 'shape', 'head'])
      expect(header(stream, 'content-type')).toBe('text/event-stream')
      expect(stream.body.toString()).toBe(
        `${BEGINNING}data: {"done":true,"model":"old",${figures}}\n\ndata: [DONE]\n\n`,
      )
    },
  )

  it.each([
    ['the loaded model', {}, 'old'],
    ['the newest that the key may use', { models: ['new:latest'] }, 'new'],
    ['the one that is named', { model: 'other' }, 'other'],
  ])(
    'uses %s',
    async (_what, { models = null, model }: { models?: string[] | null; model?: string }, expected) => {
      const { upstream, asked } = await chatUpstream('ollama', OLLAMA)
      const stream = forwarderFor(upstream, { grant: { models } }).post('/api/chat/stream', {
        message: 'm',
        model,
      })
      await stream.over()
      expect(asked[0]?.body).toMatchObject({ model: expected })
    },
  )

  it('adds the message to earlier ones', async () => {
    const { upstream, asked } = await chatUpstream('ollama', OLLAMA)
    const messages = [{ role: 'assistant', content: 'a' }]
    await forwarderFor(upstream).post('/api/chat/stream', { messages, message: 'b' }).over()
    expect(asked[0]?.body).toMatchObject({ messages: [...messages, { role: 'user', content: 'b' }] })
  })

  it.each([
    ['no message', {}, {}, 400],
    ['no JSON', 'x', {}, 400],
    ['a message of another type', { message: 1 }, {}, 400],
    ['a model outside the key’s list', { message: 'm', model: 'old' }, { models: ['new'] }, 403],
    ['a list without any of the models', { message: 'm' }, { models: ['absent'] }, 403],
    ['a key without the scope', { message: 'm' }, { scopes: ['read'] as const }, 403],
    ['a large body', { message: 'm'.repeat(1024 * 1024) }, {}, 413],
  ])('refuses %s without asking the model', async (_what, body, grant, status) => {
    const { upstream, asked } = await chatUpstream('ollama', OLLAMA)
    const stream = forwarderFor(upstream, { grant }).post('/api/chat/stream', body)
    await stream.over()
    expect([stream.head?.status, typeof errorText(stream), asked]).toEqual([status, 'string', []])
  })

  it('never makes a broken answer look complete', async () => {
    const { upstream } = await chatUpstream('openai', (response) => sse(response, piece({ content: 'Hi' })))
    const stream = forwarderFor(upstream).post('/api/chat/stream', { message: 'm' })
    await stream.over()
    expect(stream.body.toString()).toBe('data: {"content":"Hi"}\n\n')
    expect(stream.resetBy?.code).toBe('UPSTREAM_FAILED')
  })

  it('passes an error in the middle on as the last event', async () => {
    const { upstream } = await chatUpstream('ollama', (response) =>
      ndjson(response, { message: { content: 'a' } }, { error: 'out of memory' }),
    )
    const stream = forwarderFor(upstream).post('/api/chat/stream', { message: 'm' })
    await stream.over()
    expect(stream.body.toString()).toBe('data: {"content":"a"}\n\ndata: {"error":"out of memory"}\n\n')
  })

  it('reports the model server’s refusal in one format', async () => {
    const { upstream } = await chatUpstream('openai', (response) => {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"error":{"message":"no such model"}}')
    })
    const stream = forwarderFor(upstream).post('/api/chat/stream', { message: 'm', model: 'x' })
    await stream.over()
    expect([stream.head?.status, stream.body.toString()]).toEqual([404, '{"error":"no such model"}'])
  })

  it('keeps the answer for a client that reconnects, even if another model is loaded by then', async () => {
    const { upstream, asked } = await chatUpstream('ollama', OLLAMA)
    let loaded = ['old']
    const { post } = forwarderFor(null, { upstream: () => ({ ...upstream, loaded }) })
    const headers = ['Idempotency-Key', 'k']
    const first = post('/api/chat/stream', { message: 'm' }, headers)
    await first.over()
    loaded = ['new']
    const second = post('/api/chat/stream', { message: 'm' }, headers)
    await second.over()
    expect([second.body.toString(), asked.length]).toEqual([first.body.toString(), 1])
  })
})
