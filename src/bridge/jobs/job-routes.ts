import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf } from '../../shared/headers.ts'
import { JOB_ID_FIELD, JOB_STATES, type Job, type JobState } from '../../shared/jobs.ts'
import { splitTarget } from '../../shared/request-path.ts'
import {
  streamedAnswer,
  wholeAnswer,
  type LocalAnswer,
  type LocalRequest,
  type LocalRoutes,
} from '../forward/local-answer.ts'
import { jobEvents } from './job-events.ts'
import { namedRequestIn } from './named-request.ts'
import type { JobRecord } from './job-record.ts'
import { parseJobRequest } from './job-request.ts'
import { jobResultFor } from './job-result.ts'
import type { JobScope } from './job-queries.ts'
import type { JobStore } from './job-store.ts'
import { QueueMoves } from './queue-moves.ts'

export interface JobRoutesOptions {
  readonly store: JobStore
  readonly clock: Clock
  /** The owner of this device; empty if it has none. */
  readonly ownerId: () => string
}

const MAX_BODY_BYTES = 64 * 1024 * 1024
const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100
/** Watchers of one key. */
const MAX_WATCHERS = 64

/** The jobs that this request may see. */
export function jobScopeOf({ head, grant }: Pick<LocalRequest, 'head' | 'grant'>, ownerId: string): JobScope {
  const { principal } = head
  return principal.kind === 'owner'
    ? { kind: 'owner', ownerId: principal.subject }
    : { kind: 'key', ownerId, grantId: grant.id }
}

/** The response to the creation of a job. @param value the job as the client knows it */
export function createdAnswer(status: number, jobId: string, value: object): LocalAnswer {
  return wholeAnswer(status, JSON.stringify(value), 'application/json', [JOB_ID_FIELD, jobId])
}

/** Serves `/api/jobs` (docs/jobs.md). */
export class JobRoutes implements LocalRoutes {
  readonly #options: JobRoutesOptions
  readonly #moves: QueueMoves
  /** By grant. */
  readonly #watchers = new Map<string, number>()

  constructor(options: JobRoutesOptions) {
    this.#options = options
    this.#moves = new QueueMoves(options.store, options.clock)
  }

  reply(request: LocalRequest): Promise<LocalAnswer> | undefined {
    return request.route.path.startsWith('/api/jobs') ? this.#reply(request) : undefined
  }

  async #reply(request: LocalRequest): Promise<LocalAnswer> {
    const { route, head } = request
    if (route.path === '/api/jobs')
      return head.method === 'POST' ? this.#create(request) : this.#list(request)
    const { store } = this.#options
    const job = store.get(this.#scopeOf(request), request.param ?? '')
    switch (route.path) {
      case '/api/jobs/:id/result':
        return jobResultFor(store, job)
      case '/api/jobs/:id/events':
        return this.#events(request, job)
      case '/api/jobs/:id/cancel':
        store.cancel(job.n)
        break
      case '/api/jobs/:id/retry':
        store.retry(job.n)
        break
      case '/api/jobs/:id':
        if (head.method !== 'DELETE') break
        store.remove(job.n)
        return wholeAnswer(204, '')
    }
    return wholeAnswer(200, JSON.stringify(this.#jobOf(job.n) ?? null))
  }

  async #create(request: LocalRequest): Promise<LocalAnswer> {
    const { store, ownerId } = this.#options
    const { grant, head, body: upload } = request
    const body = await upload.collect(MAX_BODY_BYTES)
    const { type, model, items } = await parseJobRequest(body, request)
    const name = await namedRequestIn(head, body)
    const record = store.create(
      {
        type,
        model,
        grant,
        caller: head.principal,
        ownerId: ownerId(),
        name,
      },
      items,
    )
    return createdAnswer(202, record.id, this.#jobOf(record.n) ?? {})
  }

  #list(request: LocalRequest): LocalAnswer {
    const { store } = this.#options
    const query = new URLSearchParams(splitTarget(request.head.target).query)
    const { jobs, hasMore } = store.list(this.#scopeOf(request), {
      states: statesIn(query),
      limit: limitIn(query),
      after: query.get('after') ?? undefined,
    })
    return wholeAnswer(200, JSON.stringify({ jobs: store.toJobs(jobs), has_more: hasMore }))
  }

  #events({ head, grant }: LocalRequest, { n }: JobRecord): LocalAnswer {
    const { store, clock } = this.#options
    const watchers = this.#watchers
    if ((watchers.get(grant.id) ?? 0) >= MAX_WATCHERS) throw new AppError('TOO_MANY_STREAMS')
    const last = headerOf(head.headers, 'last-event-id')
    const lastRevision = last === undefined ? undefined : Number(last)
    const options = { store, clock, moves: this.#moves, n, lastRevision, read: () => this.#jobOf(n) }
    return streamedAnswer({
      status: 200,
      headers: ['Content-Type', 'text/event-stream', 'Cache-Control', 'no-store'],
      shape: 'sse',
      async *source(signal) {
        watchers.set(grant.id, (watchers.get(grant.id) ?? 0) + 1)
        try {
          yield* jobEvents(options, signal)
        } finally {
          const left = (watchers.get(grant.id) ?? 1) - 1
          if (left > 0) watchers.set(grant.id, left)
          else watchers.delete(grant.id)
        }
      },
    })
  }

  #jobOf(n: number): Job | undefined {
    const { store } = this.#options
    const record = store.find(n)
    return record && store.toJobs([record])[0]
  }

  #scopeOf(request: LocalRequest): JobScope {
    return jobScopeOf(request, this.#options.ownerId())
  }
}

function statesIn(query: URLSearchParams): readonly JobState[] | undefined {
  const text = query.get('state')
  if (text === null) return undefined
  return text.split(',').map((name) => {
    const state = JOB_STATES.find((known) => known === name)
    if (state === undefined)
      throw new AppError('BAD_REQUEST', `"state" must be one of ${JOB_STATES.join(', ')}.`)
    return state
  })
}

function limitIn(query: URLSearchParams): number {
  const text = query.get('limit') ?? String(DEFAULT_LIMIT)
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new AppError('BAD_REQUEST', `"limit" must be a number from 1 to ${MAX_LIMIT}.`)
}
