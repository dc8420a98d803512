import { expect, it } from 'vitest'
import type { UpstreamContext } from '../../front/request-context.ts'
import type { OwnerId } from '../../shared/brands.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import { matchRoute, ROUTES } from '../../shared/routes.ts'
import { JobAudit } from './job-audit.ts'

const OWNER = 'owner' as OwnerId
const KEY = { kind: 'key', digest: 'a'.repeat(43) } as Principal

/** The audit lines for a device's response. */
function linesFor(
  method: string,
  path: string,
  { status = 200, headers = [] as string[], principal = KEY } = {},
): object[] {
  const lines: object[] = []
  const audit = new JobAudit({
    audit: { note: (event, facts) => void lines.push({ event, ...facts }) },
    metrics: { jobChanged: (change) => void lines.push({ change }) },
    ownerAt: () => undefined,
  })
  const context = { match: matchRoute(method, path), request: { method }, id: 'request' } as UpstreamContext
  const writer = { writeHead() {}, write: () => true, end() {}, destroy() {} }
  audit.watch(context, { ownerId: OWNER, principal }, 'device', writer).writeHead(status, headers)
  return lines
}

const CREATED = { headers: ['Content-Type', 'application/json', 'X-Job-Id', 'resp_1'] }

it('records who changed which job, by ids and the beginning of a digest', () => {
  expect(linesFor('POST', '/api/jobs/job_1/cancel')).toEqual([
    {
      event: 'job-cancelled',
      ownerId: OWNER,
      deviceId: 'device',
      jobId: 'job_1',
      by: 'a'.repeat(12),
      requestId: 'request',
    },
    { change: 'cancelled' },
  ])
  const principal = { kind: 'owner', subject: 'someone' } as unknown as Principal
  expect(linesFor('DELETE', '/api/jobs/job_1', { status: 204, principal })[0]).toMatchObject({ by: 'owner' })
})

it('reads the id of a new job from the response, and ignores responses that are not in the background', () => {
  expect(linesFor('POST', '/v1/responses', CREATED)[0]).toMatchObject({
    event: 'job-created',
    jobId: 'resp_1',
  })
  expect(linesFor('POST', '/v1/responses')).toEqual([])
})

it('records no refused change, and no id of another form', () => {
  expect(linesFor('POST', '/api/jobs', { ...CREATED, status: 422 })).toEqual([])
  expect(linesFor('POST', '/api/jobs/job_1/retry', { status: 404 })).toEqual([])
  expect(linesFor('POST', '/api/jobs', { headers: ['X-Job-Id', 'job_1 "event":"connect"'] })).toEqual([])
})

it('covers every route that changes a job', () => {
  const changing = ROUTES.filter(
    ({ path, methods, isLocal }) =>
      isLocal && /^\/(?:api\/jobs|v1\/(?:batches|responses))/.test(path) && !methods.includes('GET'),
  )
  expect(changing.length).toBeGreaterThan(7)
  for (const { methods, path } of changing)
    expect([path, linesFor(methods[0]!, path.replace(':id', 'job_1'), CREATED)]).toEqual([
      path,
      expect.arrayContaining([expect.objectContaining({ deviceId: 'device' })]),
    ])
})
