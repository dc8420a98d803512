import { expect, it } from 'vitest'
import { isLocalPath, matchRoute, ROUTES } from './routes.ts'

function found(method: string, path: string) {
  const match = matchRoute(method, path)
  return match.kind === 'found' ? [match.route.path, match.param] : match.kind
}

it.each([
  ['GET', '/api/jobs/job_1', '/api/jobs/:id', 'job_1'],
  ['GET', '/api/jobs/job_1/result', '/api/jobs/:id/result', 'job_1'],
  ['POST', '/api/jobs/events/cancel', '/api/jobs/:id/cancel', 'events'],
  ['GET', '/v1/files/file-1/content', '/v1/files/:id/content', 'file-1'],
  ['POST', '/v1/responses/r%20s/cancel', '/v1/responses/:id/cancel', 'r%20s'],
  ['GET', '/v1/models/library/llama3', '/v1/models/*model', 'library/llama3'],
])('%s %s has a parameter, with and without something after it', (method, path, pattern, param) => {
  expect(found(method, path)).toEqual([pattern, param])
})

it.each([
  '/api/jobs/',
  '/api/jobs//result',
  '/api/jobs/result/',
  '/api/jobs/a/b/result',
  '/api/jobs/a/other',
  '/v1/files//content',
  '/v1/models/',
])('%s is not in the table', (path) => {
  expect(found('GET', path)).toBe('unknown')
})

it('does not take the end of a longer path for a parameter', () => {
  expect(found('GET', '/api/jobs/events')).toEqual(['/api/jobs/:id', 'events'])
  expect(found('POST', '/api/jobs/cancel')).toBe('wrongMethod')
})

it('knows the paths that the bridge serves itself before it knows the route', () => {
  const local = ROUTES.filter(({ isLocal }) => isLocal).map(({ path }) => path.split('/', 3).join('/'))
  expect(new Set(local)).toEqual(
    new Set(['/v1/stream', '/v1/streams', '/api/jobs', '/v1/files', '/v1/batches', '/v1/responses']),
  )
  expect(['/v1/stream?conv_id=x', '/api/jobs?limit=1', '/v1/responses/r'].every(isLocalPath)).toBe(true)
  expect(['/v1/responses', '/v1/streaming', '/api/jobsx', '/v1/filesystem'].some(isLocalPath)).toBe(false)
})
