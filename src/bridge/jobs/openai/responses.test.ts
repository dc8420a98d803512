import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import type { KeyDigest } from '../../../shared/brands.ts'
import { closeServers, forwarderFor, upstreamOf } from '../../forward/forwarder.test-support.ts'
import { recoverItems } from '../job-recovery.ts'
import { resultOf } from '../jobs.test-support.ts'
import { OpenAiStage } from './openai.test-support.ts'

afterEach(closeServers)

const DEVICE = { kind: 'device' } as const
const REQUEST = { model: 'm', input: 'hi', background: true, metadata: { a: 'b' } }

const create = (stage: OpenAiStage, more: object = {}, headers: string[] = []) =>
  stage.ask('POST', '/v1/responses', { headers, body: JSON.stringify({ ...REQUEST, ...more }) })

const eventsIn = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(/^event: \S+\ndata: (.*)$/.exec(event)![1]!))

const say = (response: ServerResponse, ...events: object[]) => {
  for (const [n, event] of events.entries())
    response.write(`data: ${JSON.stringify({ sequence_number: n, ...event })}\n\n`)
}
const DELTA = { type: 'response.output_text.delta', delta: 'Hello' }
const COMPLETED = {
  type: 'response.completed',
  response: { id: 'theirs', object: 'response', status: 'completed', output: [{ type: 'message' }] },
}

/** A model server for one attempt at a time, and its attempts as the runner would make them. */
async function attempts(stage: OpenAiStage, answer: (response: ServerResponse, body: string) => unknown) {
  const upstream = await upstreamOf((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => void answer(response, Buffer.concat(chunks).toString()))
  })
  const { forwarder } = forwarderFor({ ...upstream, kind: 'openai' })
  return async (id: string, abort = new AbortController()) => {
    const { n } = stage.store.get(DEVICE, id)
    const item = stage.store.items.take(n)!
    const principal = { kind: 'key', digest: 'k1' as KeyDigest } as const
    const { path: target, body } = item
    const headers = ['Content-Type', 'application/json']
    const request = {
      method: 'POST',
      target,
      headers,
      body,
      principal,
      origin: 'job',
      requestId: 'r',
    } as const
    const collected = await stage.responses.attempt(stage.store.find(n)!, request, forwarder, abort.signal)
    if (collected.status === 200) stage.store.items.finish(item, resultOf('', { body: collected.body }))
    return { collected, item }
  }
}

test('a response is queued at once, and has the model server’s answer under its own id in the end', async () => {
  const stage = await OpenAiStage.open()
  const created = await create(stage)
  const { id } = created.json()
  expect(created.json()).toMatchObject({
    object: 'response',
    status: 'queued',
    background: true,
    metadata: { a: 'b' },
    output: [],
  })
  const bodies: string[] = []
  const attempt = await attempts(stage, (response, body) => {
    bodies.push(body)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    say(response, { type: 'response.created', response: {} }, DELTA, COMPLETED)
    response.end()
  })
  await attempt(id)
  expect(JSON.parse(bodies[0]!)).toEqual({ model: 'm', input: 'hi', stream: true, metadata: { a: 'b' } })
  expect((await stage.ask('GET', `/v1/responses/${id}`)).json()).toMatchObject({
    id,
    status: 'completed',
    background: true,
    metadata: { a: 'b' },
    output: [{ type: 'message' }],
  })
  const { text } = await stage.ask('GET', `/v1/responses/${id}?stream=true`)
  expect(eventsIn(text).map(({ type, sequence_number }) => [type, sequence_number])).toEqual([
    ['response.created', 0],
    ['response.queued', 1],
    ['response.in_progress', 2],
    ['response.output_text.delta', 3],
    ['response.completed', 4],
  ])
  const rest = await stage.ask('GET', `/v1/responses/${id}?stream=true&starting_after=3`)
  expect(eventsIn(rest.text).map(({ sequence_number }) => sequence_number)).toEqual([4])
})

test('a client that reads from the beginning gets each event as it comes', async () => {
  const stage = await OpenAiStage.open()
  const stream = stage.open('POST', '/v1/responses', { body: JSON.stringify({ ...REQUEST, stream: true }) })
  await stream.until(() => stream.body.includes('response.queued'))
  const [{ id }] = eventsIn(stream.body.toString()).map(({ response }) => response)
  const gate = Promise.withResolvers<void>()
  const attempt = await attempts(stage, async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    say(response, DELTA)
    await gate.promise
    say(response, COMPLETED)
    response.end()
  })
  const running = attempt(id)
  await stream.until(() => stream.body.includes('Hello'))
  expect(stream.ended).toBe(false)
  gate.resolve()
  await running
  await stream.over()
  expect(eventsIn(stream.body.toString()).at(-1)).toMatchObject({
    type: 'response.completed',
    sequence_number: 4,
  })
})

test('a job runs to its end after its client leaves at the first event', async () => {
  const stage = await OpenAiStage.open()
  const attempt = await attempts(stage, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    say(response, DELTA, COMPLETED)
    response.end()
  })
  const body = JSON.stringify({ ...REQUEST, stream: true })
  const stream = stage.open('POST', '/v1/responses', { body })
  await stream.until(() => stream.body.includes('response.created'))
  stream.sendReset()
  const job = await stage.until(() => stage.store.list(DEVICE, { limit: 1 }).jobs[0])
  expect(job.state).toBe('queued')
  await attempt(job.id)
  expect((await stage.ask('GET', `/v1/responses/${job.id}`)).json()).toMatchObject({ status: 'completed' })
})

test('the input is listed as items, in pages, in both orders', async () => {
  const stage = await OpenAiStage.open()
  const input = [
    { role: 'system', content: 'Be brief, "please" [really].' },
    { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    { type: 'function_call_output', call_id: 'c1', output: '{}' },
  ]
  const { id } = (await create(stage, { input })).json()
  const list = async (query = '', by = 'k1') =>
    (await stage.ask('GET', `/v1/responses/${id}/input_items${query}`, { by })).json()
  const all = await list('?order=asc')
  expect(all.data).toMatchObject([
    {
      type: 'message',
      role: 'system',
      content: [{ type: 'input_text', text: 'Be brief, "please" [really].' }],
    },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    { type: 'function_call_output', call_id: 'c1', output: '{}' },
  ])
  const ids: string[] = all.data.map((item: { id: string }) => item.id)
  expect(new Set(ids).size).toBe(3)
  expect(all).toMatchObject({ object: 'list', first_id: ids[0], last_id: ids[2], has_more: false })
  const page = await list('?limit=2')
  expect([page.data.map((item: { id: string }) => item.id), page.has_more]).toEqual([[ids[2], ids[1]], true])
  expect((await list(`?limit=2&after=${ids[1]}`)).data.map((item: { id: string }) => item.id)).toEqual([
    ids[0],
  ])
  expect((await list('', 'k2')).error.code).toBe('not_found')
  expect((await list('?after=msg_x')).error).toMatchObject({ code: 'not_found', param: 'after' })
  expect((await list('?limit=101')).error).toMatchObject({ param: 'limit' })
})

test.each([
  ['a text', { input: 'hi' }, ['hi']],
  ['an empty list', { input: [] }, []],
  ['nothing', { input: undefined }, []],
])('an input that is %s is listed', async (_name, more, texts) => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage, more)).json()
  const { data } = (await stage.ask('GET', `/v1/responses/${id}/input_items`)).json()
  expect(data.map((item: { content: { text: string }[] }) => item.content[0]?.text)).toEqual(texts)
})

test('a repeated attempt replaces the events of the first, and numbers never go back', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage)).json()
  let tries = 0
  const attempt = await attempts(stage, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    say(response, DELTA, DELTA)
    if (tries++ > 0) {
      say(response, COMPLETED)
      response.end()
    } else response.write(': broken', () => response.destroy())
  })
  await expect(attempt(id)).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' })
  const reader = stage.open('GET', `/v1/responses/${id}?stream=true&starting_after=3`)
  await reader.until(() => reader.body.includes('"sequence_number":4'))
  recoverItems(stage.files.database, stage.store.items)
  await attempt(id)
  await reader.over()
  expect(
    eventsIn(reader.body.toString()).map(({ type, sequence_number }) => [type, sequence_number]),
  ).toEqual([
    ['response.output_text.delta', 4],
    ['response.in_progress', 5],
    ['response.output_text.delta', 6],
    ['response.output_text.delta', 7],
    ['response.completed', 8],
  ])
})

test('a cancelled response ends for its readers, and stops the model server', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage)).json()
  const closed = Promise.withResolvers<void>()
  const attempt = await attempts(stage, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    say(response, DELTA)
    response.on('close', closed.resolve)
  })
  const abort = new AbortController()
  const running = attempt(id, abort)
  const reader = stage.open('GET', `/v1/responses/${id}?stream=true`)
  await reader.until(() => reader.body.includes('Hello'))
  expect((await stage.ask('POST', `/v1/responses/${id}/cancel`)).json().status).toBe('cancelled')
  abort.abort(new Error('cancelled'))
  await expect(running).rejects.toThrow('cancelled')
  await closed.promise
  await reader.over()
  expect(eventsIn(reader.body.toString()).at(-1)).toMatchObject({
    type: 'response.failed',
    response: { status: 'cancelled', error: null },
  })
  // Again is no error.
  expect((await stage.ask('POST', `/v1/responses/${id}/cancel`)).json().status).toBe('cancelled')
})

test('the model server’s own error is kept, and ends the response as failed', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage)).json()
  const attempt = await attempts(stage, (response) => response.writeHead(404).end('404 page not found'))
  const { collected, item } = await attempt(id)
  expect([collected.status, Buffer.from(collected.body).toString()]).toEqual([404, '404 page not found'])
  stage.store.items.finish(
    item,
    resultOf('', { isFailed: true, status: 404, error: { code: 'HTTP_404', message: '404 page not found' } }),
  )
  expect((await stage.ask('GET', `/v1/responses/${id}`)).json()).toMatchObject({
    status: 'failed',
    error: { code: 'server_error', message: '404 page not found' },
  })
  const { text } = await stage.ask('GET', `/v1/responses/${id}?stream=true`)
  expect(eventsIn(text).at(-1)).toMatchObject({ type: 'response.failed' })
})

test('a server that does not stream is read as well', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage)).json()
  const attempt = await attempts(stage, (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(COMPLETED.response))
  })
  await attempt(id)
  expect((await stage.ask('GET', `/v1/responses/${id}`)).json()).toMatchObject({ id, status: 'completed' })
})

test('a response can be deleted at any time, and then is gone for everybody', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage)).json()
  const reader = stage.open('GET', `/v1/responses/${id}?stream=true`)
  await reader.until(() => reader.body.includes('response.queued'))
  expect((await stage.ask('DELETE', `/v1/responses/${id}`)).json()).toEqual({
    id,
    object: 'response',
    deleted: true,
  })
  await reader.over()
  expect((await stage.ask('GET', `/v1/responses/${id}`)).status).toBe(404)
})

test('another key finds nothing, and the owner finds the responses of all keys', async () => {
  const stage = await OpenAiStage.open()
  const { id } = (await create(stage)).json()
  for (const [method, target] of [
    ['GET', `/v1/responses/${id}`],
    ['GET', `/v1/responses/${id}?stream=true`],
    ['POST', `/v1/responses/${id}/cancel`],
    ['DELETE', `/v1/responses/${id}`],
  ] as const) {
    const refused = await stage.ask(method, target, { by: 'k2' })
    expect([refused.status, refused.json().error.param]).toEqual([404, 'response_id'])
  }
  expect((await stage.ask('GET', `/v1/responses/${id}`, { by: 'owner' })).json().status).toBe('queued')
})

test('the same Idempotency-Key gives the same response', async () => {
  const stage = await OpenAiStage.open()
  const send = () => create(stage, {}, ['Idempotency-Key', 'one'])
  expect((await send()).json().id).toBe((await send()).json().id)
})

test('invalid metadata and positions are refused by name', async () => {
  const stage = await OpenAiStage.open()
  expect((await create(stage, { metadata: { a: 1 } })).json().error.param).toBe('metadata')
  const { id } = (await create(stage)).json()
  const { status, json } = await stage.ask('GET', `/v1/responses/${id}?stream=true&starting_after=x`)
  expect([status, json().error.param]).toEqual([400, 'starting_after'])
})
