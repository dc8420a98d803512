import type { IncomingMessage, ServerResponse } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import type { UpstreamContext } from '../../front/request-context.ts'
import type { OwnerId } from '../../shared/brands.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import { matchRoute } from '../../shared/routes.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { sampleJob } from './sample-job.test-support.ts'
import { StatusAnswers } from './status-answers.ts'
import { MemoryStatusCache } from './status-cache.ts'

const OWNER = 'owner' as OwnerId
const PHONE = { kind: 'key', digest: 'phone' } as Principal
const LAPTOP = { kind: 'key', digest: 'laptop' } as Principal

let clock: FakeClock
let cache: MemoryStatusCache
let principal: Principal
let answers: StatusAnswers
let cacheReads: string[]
beforeEach(() => {
  clock = new FakeClock()
  cache = new MemoryStatusCache(clock)
  principal = PHONE
  cacheReads = []
  answers = new StatusAnswers({
    clock,
    cache,
    authenticator: { claimOf: () => ({ routingId: 'r', principal, client: undefined }) },
    routingIds: { routingIdFor: () => 'r' },
    metrics: { jobCacheRead: (result) => void cacheReads.push(result) },
  })
})

interface Answer {
  status: number
  headers: string[]
  body: string
}

function contextFor(path: string, facts: Partial<UpstreamContext> = {}, method = 'GET') {
  const answer: Answer = { status: 0, headers: [], body: '' }
  const response = {
    headersSent: false,
    writeHead: (status: number, headers: string[]) => Object.assign(answer, { status, headers }),
    end: (body: string) => (answer.body = body),
  }
  const context = {
    request: { method } as IncomingMessage,
    response: response as unknown as ServerResponse,
    match: matchRoute(method, path),
    pass: undefined,
    userId: undefined,
    commonHeaders: [],
    id: 'request',
    ...facts,
  } as unknown as UpstreamContext
  return { context, answer }
}

/** A device's answer passes through. */
function pass(path: string, status: number, body: object, by = PHONE, method = 'GET'): void {
  const writer = { writeHead() {}, write: () => true, end() {}, destroy() {} }
  const client = { ownerId: OWNER, principal: by }
  const watched = answers.watch(contextFor(path, {}, method).context, client, writer)
  watched.writeHead(status, [])
  for (const byte of Buffer.from(JSON.stringify(body))) watched.write(Uint8Array.of(byte))
  watched.end()
}

/** The answer while the request to the device fails with this error. */
async function ask(path: string, code: ErrorCode = 'OFFLINE', facts: Partial<UpstreamContext> = {}) {
  const { context, answer } = contextFor(path, facts)
  await answers.forward(context, () => Promise.reject(new AppError(code)))
  return answer
}

describe('a job whose device is offline', () => {
  it('is answered as it was last read, with its age', async () => {
    pass('/api/jobs/job_1', 200, { ...sampleJob('job_1'), prompt: 'secret' })
    clock.advance(90_000)
    const { status, headers, body } = await ask('/api/jobs/job_1')
    expect([status, JSON.parse(body)]).toEqual([200, sampleJob('job_1')])
    expect(headers[headers.indexOf('x-job-stale-seconds') + 1]).toBe('90')
    await expect(ask('/api/jobs/job_2')).rejects.toMatchObject({ code: 'OFFLINE' })
    expect(cacheReads).toEqual(['hit', 'miss'])
  })

  it('is known from its creation on', async () => {
    pass('/api/jobs', 202, sampleJob('job_1'), PHONE, 'POST')
    expect((await ask('/api/jobs/job_1')).status).toBe(200)
  })

  it('is not shown to another key, or by another path', async () => {
    pass('/api/jobs/job_1', 200, sampleJob('job_1'))
    for (const path of ['/api/jobs/job_2', '/api/jobs', '/api/jobs/job_1/result', '/api/jobs/job_1/events'])
      await expect(ask(path)).rejects.toMatchObject({ code: 'OFFLINE' })
    await expect(ask('/api/jobs/job_1', 'OFFLINE', { userId: 'owner' })).rejects.toThrow()
    principal = LAPTOP
    await expect(ask('/api/jobs/job_1')).rejects.toMatchObject({ code: 'OFFLINE' })
  })

  it('is left to the relay that has the client', async () => {
    pass('/api/jobs/job_1', 200, sampleJob('job_1'))
    const passed = { requestId: 'r', clientAddress: '192.0.2.1', expectsContinue: false }
    await expect(ask('/api/jobs/job_1', 'OFFLINE', { pass: passed })).rejects.toMatchObject({
      code: 'OFFLINE',
    })
  })
})

it('is also answered while the device cannot be located', async () => {
  pass('/api/jobs/job_1', 200, sampleJob('job_1'))
  expect((await ask('/api/jobs/job_1', 'SHARED_STATE_UNREACHABLE')).status).toBe(200)
})

describe('what is no longer true', () => {
  beforeEach(() => pass('/api/jobs/job_1', 200, sampleJob('job_1')))

  it.each<[string, () => unknown]>([
    ['a deleted job', () => pass('/api/jobs/job_1', 404, { error: 'gone' })],
    ['the jobs of an expired key', () => pass('/api/jobs/job_2', 401, { error: 'expired' })],
    ['the jobs of a revoked key', () => ask('/api/jobs/job_2', 'KEY_UNKNOWN').catch(() => {})],
  ])('is forgotten: %s', async (_what, happen) => {
    await happen()
    await expect(ask('/api/jobs/job_1')).rejects.toMatchObject({ code: 'OFFLINE' })
  })

  it('is not mistaken for a failing device', async () => {
    pass('/api/jobs/job_1', 500, { error: 'broken' })
    pass('/api/jobs/job_1', 200, { error: 'no job' })
    expect((await ask('/api/jobs/job_1')).status).toBe(200)
  })
})
