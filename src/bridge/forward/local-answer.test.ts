import { afterEach, expect, it, vi } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { closeServers, errorText, forwarderFor, header } from './forwarder.test-support.ts'
import { streamedAnswer, wholeAnswer, type LocalAnswer, type LocalRequest } from './local-answer.ts'

afterEach(closeServers)

const EVENTS = ['Content-Type', 'text/event-stream']

/** A forwarder without a model server whose `/api/jobs` paths are served by `reply`. */
function served(reply: (request: LocalRequest) => Promise<LocalAnswer>, grant = {}) {
  return forwarderFor(null, { localRoutes: [{ reply }], grant })
}

it('answers without a model server, and gets the path’s parameter', async () => {
  const { open } = served(async ({ param }) => wholeAnswer(200, JSON.stringify({ param })))
  const stream = open('GET', '/api/jobs/job_1/result')
  await stream.over()
  expect(stream.body.toString()).toBe('{"param":"job_1"}')
  expect([stream.head?.status, header(stream, 'content-length')]).toEqual([200, '17'])
})

it('checks the scope before anything is served', async () => {
  const reply = vi.fn<(request: LocalRequest) => Promise<LocalAnswer>>()
  const stream = served(reply, { scopes: ['read'] }).open('GET', '/api/jobs')
  await stream.over()
  expect([stream.head?.error, reply.mock.calls]).toEqual(['SCOPE_MISSING', []])
})

it('reports that no part of the bridge serves the path', async () => {
  const stream = forwarderFor(null).open('GET', '/v1/batches')
  await stream.over()
  expect([stream.head?.status, stream.head?.error]).toEqual([501, 'JOBS_UNAVAILABLE'])
})

it('refuses with the error that the part throws', async () => {
  const { open } = served(() => Promise.reject(new AppError('BAD_REQUEST', 'No.')))
  const stream = open('GET', '/api/jobs')
  await stream.over()
  expect([stream.head?.status, errorText(stream)]).toEqual([400, 'No.'])
})

it('buffers a body that is read late, and returns credit as it is read', async () => {
  const late = Promise.withResolvers<void>()
  const { open } = served(async ({ body }) => {
    await late.promise
    return wholeAnswer(200, await body.collect(1_000_000))
  })
  const stream = open('POST', '/api/jobs', { hasBody: true })
  stream.push(Buffer.alloc(200_000, 'a'))
  expect(stream.outstanding).toBe(200_000)
  late.resolve()
  await stream.until(() => stream.outstanding === 0)
  await stream.send(Buffer.alloc(600_000, 'b'))
  stream.sendEnd()
  await stream.over()
  expect([stream.body.length, stream.outstanding]).toEqual([800_000, 0])
})

it('refuses a body that is too long, announced or not', async () => {
  const { open, post } = served(async ({ body }) => wholeAnswer(200, await body.collect(10)))
  const announced = post('/api/jobs', 'x'.repeat(11))
  const chunked = open('POST', '/api/jobs', { hasBody: true })
  chunked.push(Buffer.alloc(11))
  await Promise.all([announced.over(), chunked.over()])
  expect([announced.head?.status, chunked.head?.status]).toEqual([413, 413])
  expect([announced.outstanding, chunked.outstanding]).toEqual([0, 0])
})

it('ends an upload whose client disconnects', async () => {
  const failure = Promise.withResolvers<unknown>()
  const { open, forwarder } = served(async ({ body }) => {
    await body.collect(1_000).catch(failure.resolve)
    return wholeAnswer(200, '')
  })
  const stream = open('POST', '/v1/files', { hasBody: true })
  stream.push(Buffer.alloc(10))
  stream.sendReset()
  expect(await failure.promise).toMatchObject({ code: 'BAD_REQUEST' })
  expect(forwarder.localCount).toBe(0)
})

it('produces the next chunk once the client has room, and none after it has disconnected', async () => {
  let made = 0
  let isStopped = false
  const { open } = served(async () =>
    streamedAnswer({
      status: 200,
      headers: EVENTS,
      shape: 'sse',
      async *source(signal) {
        try {
          for (; !signal.aborted; made++) yield Buffer.from(`data: ${made}\n\n`)
        } finally {
          isStopped = true
        }
      },
    }),
  )
  const stream = open('GET', '/api/jobs/job_1/events')
  stream.hold(30)
  await stream.until(() => stream.body.length > 30)
  await new Promise(setImmediate)
  expect([made, stream.overrun]).toEqual([3, 0])
  stream.resume()
  await stream.until(() => stream.body.length > 60)
  stream.sendReset()
  await expect.poll(() => isStopped).toBe(true)
})

it('resets the stream if a chunk cannot be produced', async () => {
  const { open } = served(async () =>
    streamedAnswer({
      status: 200,
      headers: EVENTS,
      shape: 'sse',
      async *source() {
        yield Buffer.from('a')
        throw new AppError('INTERNAL')
      },
    }),
  )
  const stream = open('GET', '/api/jobs/job_1/events')
  await stream.over()
  expect([stream.body.toString(), stream.resetBy?.code]).toEqual(['a', 'UPSTREAM_FAILED'])
})

it('does not count among the concurrent requests of its key', async () => {
  const { open, forwarder } = served(() => new Promise(() => {}), { maxConcurrent: 1 })
  const waiting = open('GET', '/api/jobs/job_1/events')
  const other = open('GET', '/api/jobs/job_2/events')
  const chat = open('GET', '/api/tags')
  await chat.over()
  expect([waiting.head, other.head, chat.head?.error]).toEqual([undefined, undefined, 'UPSTREAM_UNREACHABLE'])
  expect([forwarder.localCount, forwarder.activeCount]).toEqual([2, 0])
})

it('does not occupy a model with a request that a part has taken over, however long its client reads', async () => {
  const takeOver = async () => streamedAnswer({ status: 200, headers: EVENTS, shape: 'sse', source: waiting })
  async function* waiting(signal: AbortSignal) {
    yield Buffer.from('data: 1\n\n')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const upstream = { baseUrl: 'http://127.0.0.1:9', kind: 'openai' } as const
  const { post, forwarder } = forwarderFor(upstream, { localRoutes: [{ reply: () => undefined, takeOver }] })
  const stream = post('/v1/responses', { model: 'm' })
  await stream.until(() => stream.body.length > 0)
  expect([forwarder.inferenceCount, forwarder.activeCount]).toEqual([0, 1])
  stream.sendReset()
})
