import { beforeEach, describe, expect, it } from 'vitest'
import type { KeyDigest, OwnerId } from '../../shared/brands.ts'
import type { Job } from '../../shared/jobs.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import { ROUTES, type Scope } from '../../shared/routes.ts'
import { forwarderFor, header } from '../forward/forwarder.test-support.ts'
import type { MemoryStream } from '../forward/memory-stream.test-support.ts'
import { testGrant } from '../policy/grant.test-support.ts'
import type { Grant } from '../policy/grant.ts'
import { JobRoutes } from './job-routes.ts'
import { FAILURE, JobStage } from './jobs.test-support.ts'

let stage: JobStage
let grants: Record<string, Partial<Grant>>
let served: ReturnType<typeof forwarderFor>
beforeEach(async () => {
  stage = await JobStage.open()
  grants = { phone: { id: 'phone', name: 'phone' }, laptop: { id: 'laptop', name: 'laptop' } }
  served = forwarderFor(null, {
    clock: stage.clock,
    localRoutes: [new JobRoutes({ store: stage.store, clock: stage.clock, ownerId: () => 'me' })],
    grantFor: (principal) =>
      testGrant(principal.kind === 'owner' ? { id: 'owner', name: 'owner' } : grants[principal.digest]),
  })
})

const keyOf = (digest: string): Principal => ({ kind: 'key', digest: digest as KeyDigest })
const ownerOf = (subject: string): Principal => ({ kind: 'owner', subject: subject as OwnerId })
const PHONE = keyOf('phone')

async function ask(
  method: string,
  target: string,
  body?: unknown,
  principal = PHONE,
  headers: string[] = [],
) {
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body))
  const hasBody = bytes.length > 0
  const length = hasBody ? ['Content-Length', String(bytes.length)] : []
  const stream = served.open(method, target, { hasBody, principal, headers: [...headers, ...length] })
  if (hasBody) {
    stream.push(bytes)
    stream.sendEnd()
  }
  await stream.over()
  return { status: stream.head?.status, text: stream.body.toString(), stream }
}

async function submit(body: unknown, principal = PHONE, headers: string[] = []): Promise<Job> {
  const { status, text } = await ask('POST', '/api/jobs', body, principal, headers)
  if (status !== 202) throw new Error(text)
  return JSON.parse(text) as Job
}

const chat = { model: 'm', messages: [{ role: 'user', content: 'a secret' }] }
const request = { type: 'request', path: '/api/chat', body: chat }
const bodyOf = (n: number) => JSON.parse(Buffer.from(stage.store.items.take(n)!.body).toString()) as unknown
const numberOf = ({ id }: Job) => stage.store.get({ kind: 'device' }, id).n

describe('POST /api/jobs', () => {
  it('queues a request, which does not stream', async () => {
    const job = await submit(request)
    expect(job).toMatchObject({
      type: 'request',
      state: 'queued',
      model: 'm',
      key: 'phone',
      counts: { total: 1, completed: 0, failed: 0 },
      queue_position: 1,
      progress: null,
    })
    expect(JSON.stringify(job)).not.toContain('a secret')
    expect(bodyOf(numberOf(job))).toEqual({ ...chat, stream: false })
  })

  it('queues embeddings in pieces', async () => {
    const input = Array.from({ length: 130 }, (_, i) => `text ${i}`)
    const job = await submit({ type: 'embed', model: 'e', input })
    expect(job.counts.total).toBe(3)
    // Every model server has this path.
    expect(stage.store.items.take(numberOf(job))).toMatchObject({ path: '/v1/embeddings', number: 0 })
    expect(bodyOf(numberOf(job))).toEqual({ model: 'e', input: input.slice(64, 128) })
  })

  it.each([
    ['pull', { type: 'pull', model: 'llama3.2' }, { model: 'llama3.2', stream: true }],
    ['create', { type: 'create', body: { model: 'x', from: 'm' } }, { model: 'x', from: 'm', stream: true }],
  ])('queues a %s for a key that may manage models', async (_type, body, sent) => {
    expect((await ask('POST', '/api/jobs', body)).status).toBe(403)
    grants['phone'] = { ...grants['phone'], scopes: ['inference', 'manage'] }
    expect(bodyOf(numberOf(await submit(body)))).toEqual(sent)
  })

  it('checks the request now: the model and the path', async () => {
    grants['phone'] = { ...grants['phone'], models: ['other'], scopes: ['inference', 'manage'] as Scope[] }
    expect((await ask('POST', '/api/jobs', request)).status).toBe(403)
    expect((await ask('POST', '/api/jobs', { type: 'pull', model: 'm' })).status).toBe(403)
  })

  it.each([
    ['no body', undefined],
    ['no object', []],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['an unknown type', { type: 'batch' }],
    ['a type that is no text', { type: { toString: 'pull' } }],
    ['a pull without a model', { type: 'pull', model: '' }],
    ['a long model', { type: 'pull', model: 'x'.repeat(600) }],
    ['an unknown path', { ...request, path: '/api/nothing' }],
    ['a path of the bridge', { ...request, path: '/api/jobs' }],
    ['a path that does not answer models', { ...request, path: '/api/show' }],
    ['a path with a query', { ...request, path: '/api/chat?x=1' }],
    ['a path of forms', { ...request, path: '/v1/audio/transcriptions' }],
    ['a body that is no object', { ...request, body: 'x' }],
    ['a body in two versions', { ...request, body: { model: 'a', MODEL: 'b' } }],
    ['no inputs', { type: 'embed', model: 'e', input: [] }],
    ['inputs that are no texts', { type: 'embed', model: 'e', input: [1] }],
    ['too many inputs', { type: 'embed', model: 'e', input: Array.from({ length: 50_001 }, () => 'x') }],
  ])('refuses %s', async (_what, body) => {
    grants['phone'] = { ...grants['phone'], scopes: ['inference', 'read', 'manage'] }
    const { status, text } = await ask('POST', '/api/jobs', body)
    expect([status, Object.keys(JSON.parse(text) as object)]).toEqual([400, ['error']])
    expect(stage.store.counts().queued).toBe(0)
  })

  it('gives the same job for the same Idempotency-Key and body', async () => {
    const headers = ['Idempotency-Key', 'k1']
    const { id } = await submit(request, PHONE, headers)
    expect((await submit(request, PHONE, headers)).id).toBe(id)
    const other = await ask('POST', '/api/jobs', { ...request, path: '/api/generate' }, PHONE, headers)
    expect([other.status, other.stream.head?.error]).toEqual([422, 'KEPT_NAME_REUSED'])
  })

  it('returns the same job for the same X-Conversation-Id and body, and another one for the next turn', async () => {
    const headers = ['X-Conversation-Id', 'talk']
    const { id } = await submit(request, PHONE, headers)
    expect((await submit(request, PHONE, headers)).id).toBe(id)
    const next = { ...request, path: '/api/generate' }
    const turn = await submit(next, PHONE, headers)
    expect(turn.id).not.toBe(id)
    expect((await submit(next, PHONE, headers)).id).toBe(turn.id)
  })

  it('refuses more than the key may queue', async () => {
    stage.limits = { ...stage.limits, maxWaitingPerKey: 1 }
    await submit(request)
    const { status, stream } = await ask('POST', '/api/jobs', request)
    expect([status, header(stream, 'retry-after')]).toEqual([429, '60'])
  })
})

describe('the jobs of a key', () => {
  it('are listed in pages', async () => {
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push((await submit(request)).id)
    const list = async (query: string) => {
      const { text } = await ask('GET', `/api/jobs${query}`)
      const { jobs, has_more: hasMore } = JSON.parse(text) as { jobs: Job[]; has_more: boolean }
      return [jobs.map(({ id }) => id), hasMore]
    }
    expect(await list('?limit=2')).toEqual([[ids[2], ids[1]], true])
    expect(await list(`?limit=2&after=${ids[1]}`)).toEqual([[ids[0]], false])
    expect(await list('?state=completed,failed')).toEqual([[], false])
    for (const query of ['?limit=0', '?limit=101', '?limit=x', '?state=x'])
      expect((await ask('GET', `/api/jobs${query}`)).status).toBe(400)
  })

  it('are cancelled, retried and deleted', async () => {
    const { id } = await submit(request)
    expect((await ask('DELETE', `/api/jobs/${id}`)).status).toBe(409)
    expect((await ask('POST', `/api/jobs/${id}/retry`)).status).toBe(409)
    expect(JSON.parse((await ask('POST', `/api/jobs/${id}/cancel`)).text)).toMatchObject({
      state: 'cancelled',
    })
    expect((await ask('GET', `/api/jobs/${id}/result`)).stream.head?.error).toBe('JOB_CANCELLED')
    expect(JSON.parse((await ask('POST', `/api/jobs/${id}/retry`)).text)).toMatchObject({ state: 'queued' })
    await ask('POST', `/api/jobs/${id}/cancel`)
    expect((await ask('DELETE', `/api/jobs/${id}`)).status).toBe(204)
    expect((await ask('GET', `/api/jobs/${id}`)).status).toBe(404)
  })

  it('have the model server’s answer as their result', async () => {
    const job = await submit(request)
    expect((await ask('GET', `/api/jobs/${job.id}/result`)).stream.head?.error).toBe('JOB_NOT_FINISHED')
    stage.work(numberOf(job), { contentType: 'text/plain', body: Buffer.from('done') })
    const { status, text, stream } = await ask('GET', `/api/jobs/${job.id}/result`)
    expect([status, text, header(stream, 'content-type')]).toEqual([200, 'done', 'text/plain'])
  })

  it('have its refusal, or the error, if they failed', async () => {
    const [refused, broken] = [await submit(request), await submit(request)]
    stage.work(numberOf(refused), { ...FAILURE, body: Buffer.from('{"error":"no"}') })
    const error = { code: 'UPSTREAM_FAILED', message: 'It broke.' }
    stage.work(numberOf(broken), { isFailed: true, status: null, contentType: null, body: null, error })
    expect(await ask('GET', `/api/jobs/${refused.id}/result`)).toMatchObject({
      status: 400,
      text: '{"error":"no"}',
    })
    expect(await ask('GET', `/api/jobs/${broken.id}/result`)).toMatchObject({
      status: 502,
      text: '{"error":"It broke."}',
    })
  })

  it('have all embeddings in the order of the inputs', async () => {
    const job = await submit({ type: 'embed', model: 'e', input: Array.from({ length: 65 }, () => 'x') })
    for (const vectors of [[[1], [2]], [[3]]]) {
      const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }))
      const usage = { prompt_tokens: 2, total_tokens: 2 }
      stage.work(numberOf(job), { body: Buffer.from(JSON.stringify({ object: 'list', data, usage })) })
    }
    const { text } = await ask('GET', `/api/jobs/${job.id}/result`)
    expect(JSON.parse(text)).toEqual({ model: 'e', embeddings: [[1], [2], [3]], prompt_eval_count: 4 })
  })
})

describe('another key and another owner', () => {
  const paths = ROUTES.filter(({ path }) => path.startsWith('/api/jobs/:id'))

  it('see nothing on any path, as if the job did not exist', async () => {
    const { id } = await submit(request)
    const missing = (await ask('GET', '/api/jobs/job_000000000000000000000000')).text
    for (const principal of [keyOf('laptop'), ownerOf('you')])
      for (const { path, methods } of paths)
        for (const method of methods) {
          const { status, text } = await ask(method, path.replace(':id', id), undefined, principal)
          expect([method, path, status, text]).toEqual([method, path, 404, missing])
        }
    const { text } = await ask('GET', '/api/jobs', undefined, keyOf('laptop'))
    expect(text).toBe('{"jobs":[],"has_more":false}')
    expect((await ask('GET', `/api/jobs/${id}`, undefined, ownerOf('me'))).status).toBe(200)
    expect(stage.store.counts()).toMatchObject({ queued: 1, cancelled: 0 })
  })
})

describe('GET /api/jobs/:id/events', () => {
  const eventsIn = (stream: MemoryStream) =>
    stream.body
      .toString()
      .split('\n\n')
      .slice(0, -1)
      .map((text) => {
        const [id = '', event, data = ''] = text.split('\n')
        const job = JSON.parse(data.slice('data: '.length)) as Job
        expect([id, event]).toEqual([`id: ${job.revision}`, 'event: job'])
        return job
      })
  const open = (id: string, headers: string[] = []) =>
    served.open('GET', `/api/jobs/${id}/events`, { principal: PHONE, headers })
  const turn = async (ms = 0) => {
    for (let i = 0; i < 5; i++) {
      await new Promise(setImmediate)
      stage.clock.advance(i === 0 ? ms : 0)
    }
  }
  const progress = (done: number) => ({
    status: 'pulling',
    completed_bytes: done,
    total_bytes: 100,
    bytes_per_second: null,
    eta_seconds: null,
  })

  it('begins with the current state, and ends with a final one', async () => {
    const job = await submit(request)
    const stream = open(job.id)
    await turn(250)
    expect(header(stream, 'content-type')).toBe('text/event-stream')
    stage.work(numberOf(job))
    await turn(250)
    expect(eventsIn(stream).map(({ state }) => state)).toEqual(['queued', 'completed'])
    expect(stream.ended).toBe(true)
  })

  it('reports a new position in the queue', async () => {
    const [first, job] = [await submit(request), await submit(request)]
    const stream = open(job.id)
    await turn(250)
    stage.work(numberOf(first))
    await turn(1_000)
    await turn(250)
    expect(eventsIn(stream).map((event) => event.queue_position)).toEqual([2, 1])
  })

  it('tells the newest state, at most four times a second', async () => {
    const job = await submit(request)
    const stream = open(job.id)
    await turn()
    for (let done = 1; done <= 50; done++) stage.store.report(numberOf(job), progress(done))
    await turn(249)
    expect(eventsIn(stream)).toHaveLength(1)
    await turn(1)
    expect(eventsIn(stream).map((event) => event.progress?.completed_bytes)).toEqual([undefined, 50])
  })

  it('gives a slow reader the newest state, and keeps nothing for it', async () => {
    const job = await submit(request)
    const stream = open(job.id)
    stream.hold(10)
    for (let done = 1; done <= 50; done++) {
      stage.store.report(numberOf(job), progress(done))
      await turn(250)
    }
    expect(eventsIn(stream)).toHaveLength(1)
    stream.resume()
    await turn(250)
    expect(eventsIn(stream).map((event) => event.progress?.completed_bytes)).toEqual([1, 50])
  })

  it('continues after the state that the client has', async () => {
    const job = await submit(request)
    const stream = open(job.id, ['Last-Event-ID', String(job.revision)])
    await turn(250)
    expect(eventsIn(stream)).toEqual([])
    stage.store.report(numberOf(job), progress(7))
    await turn(250)
    expect(eventsIn(stream).map((event) => event.progress?.completed_bytes)).toEqual([7])
    const strange = open(job.id, ['Last-Event-ID', 'x'])
    await turn(250)
    expect(eventsIn(strange)).toHaveLength(1)
  })

  it('leaves nothing behind when its reader leaves or the job is deleted', async () => {
    const job = await submit(request)
    const [left, deleted] = [open(job.id), open(job.id)]
    await turn(250)
    left.sendReset()
    stage.store.cancel(numberOf(job))
    stage.store.remove(numberOf(job))
    await turn(250)
    expect([served.forwarder.localCount, deleted.ended]).toEqual([0, true])
  })

  it('refuses more readers than a key may have', async () => {
    const { id } = await submit(request)
    for (let i = 0; i < 64; i++) open(id)
    await turn()
    const stream = open(id)
    await stream.over()
    expect(stream.head?.status).toBe(429)
  })
})
