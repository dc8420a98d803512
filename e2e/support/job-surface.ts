import { ROUTES } from '../../src/shared/routes.ts'

/** The ids of one client's objects, by the prefix of their paths. */
export type OwnedIds = Readonly<
  Record<'/api/jobs' | '/v1/files' | '/v1/batches' | '/v1/responses' | '/v1/stream', readonly string[]>
>

/** A request for an object. */
export interface JobAttempt {
  readonly method: string
  readonly target: (id: string) => string
  readonly body: ((id: string) => string) | undefined
  readonly id: string
}

interface Naming {
  readonly of: keyof OwnedIds
  readonly target?: (id: string) => string
  readonly body?: (id: string) => string
}

/** How requests name an object on routes without an id in the path; `undefined` if they cannot. */
const OTHERWISE: Readonly<Record<string, Naming | undefined>> = {
  'POST /api/jobs': undefined,
  'GET /api/jobs': { of: '/api/jobs', target: (id) => `/api/jobs?after=${id}` },
  'POST /v1/files': undefined,
  'GET /v1/files': { of: '/v1/files', target: (id) => `/v1/files?after=${id}` },
  'POST /v1/batches': { of: '/v1/files', body: batchOf },
  'GET /v1/batches': { of: '/v1/batches', target: (id) => `/v1/batches?after=${id}` },
  'GET /v1/stream': { of: '/v1/stream', target: (id) => `/v1/stream?conv_id=${id}` },
  'DELETE /v1/stream': { of: '/v1/stream', target: (id) => `/v1/stream?conv_id=${id}` },
  'POST /v1/streams/lookup': {
    of: '/v1/stream',
    body: (id) => JSON.stringify({ conversation_ids: [id] }),
  },
  'GET /v1/streams': undefined,
}

/** Queries that select a different code path. */
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'GET /v1/responses/:id': ['?stream=true', '?stream=true&starting_after=0'],
  'GET /v1/stream/:id': ['?from=1'],
}

/** Routes that list the client's own objects. */
export const LISTS = ['/api/jobs', '/v1/files', '/v1/batches', '/v1/streams'] as const

/** Requests for each object on each route that the bridge serves itself. @throws Error for a route that is not covered */
export function attemptsAt(ids: OwnedIds): JobAttempt[] {
  return ROUTES.filter(({ isLocal }) => isLocal).flatMap(({ methods, path }) =>
    methods.flatMap((method) => {
      const name = `${method} ${path}`
      const queries = ['', ...(QUERIES[name] ?? [])]
      return queries.flatMap((query) => attemptsOn(ids, method, path, query))
    }),
  )
}

function attemptsOn(ids: OwnedIds, method: string, path: string, query: string): JobAttempt[] {
  const naming = path.includes('/:id')
    ? { of: baseOf(ids, path), target: (id: string) => path.replace(':id', id) + query }
    : namingOf(`${method} ${path}`)
  if (naming === undefined) return []
  const { of, target = () => path, body } = naming
  return ids[of].map((id) => ({ method, target, body, id }))
}

function baseOf(ids: OwnedIds, path: string): keyof OwnedIds {
  const base = path.slice(0, path.indexOf('/:id')) as keyof OwnedIds
  if (!(base in ids)) throw new Error(`Add the objects of ${path} to the owned ids.`)
  return base
}

function namingOf(route: string): Naming | undefined {
  if (!(route in OTHERWISE)) throw new Error(`Add to OTHERWISE how ${route} can name an object.`)
  return OTHERWISE[route]
}

function batchOf(fileId: string): string {
  return JSON.stringify({
    input_file_id: fileId,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  })
}
