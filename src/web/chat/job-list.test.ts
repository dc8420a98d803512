import { describe, expect, it, vi } from 'vitest'
import type { Job } from '../../shared/jobs.ts'
import type { JobEntry } from './chat-view.ts'
import { JobList } from './job-list.ts'
import type { OwnerDevice } from './owner-devices.ts'

const TIME = '2026-11-29T20:00:00.000Z'
const job = (part: Partial<Job> = {}): Job => ({
  id: 'job_1',
  type: 'batch',
  state: 'running',
  revision: 1,
  model: 'llama3.2:latest',
  key: 'phone',
  created_at: TIME,
  started_at: TIME,
  finished_at: null,
  expires_at: TIME,
  counts: { total: 200, completed: 20, failed: 1 },
  progress: null,
  attempts: 1,
  next_attempt_at: null,
  queue_position: null,
  error: null,
  ...part,
})
const device = (id: string): OwnerDevice => ({
  id,
  name: `name of ${id}`,
  models: [],
  loaded: [],
  streams: 0,
})
const refusal = (status: number, code: string): Response =>
  Response.json({ error: 'No.' }, { status, headers: { 'x-error-code': code } })
const settle = () => new Promise((resolve) => setTimeout(resolve))

interface Asked {
  readonly line: string
  readonly device: string | undefined
  readonly body: unknown
}

/** A list whose desktop answers as `reply` says, with timers that fire on demand. */
function stage(
  reply: (line: string, device?: string) => Response | Error | undefined,
  devices: OwnerDevice[] = [],
) {
  const asked: Asked[] = []
  const timers: { ms: number; fire: () => void }[] = []
  const files: string[][] = []
  const kick = vi.fn<() => void>()
  const state = { key: 'ctl_key', isVisible: true }
  const list = new JobList({
    ports: {
      async request(path, { method = 'GET', headers, body }) {
        const fields = new Headers(headers)
        expect(fields.get('authorization')).toBe(`Bearer ${state.key}`)
        const sentTo = fields.get('x-device') ?? undefined
        const line = `${method} ${path}`
        asked.push({ line, device: sentTo, body: typeof body === 'string' ? JSON.parse(body) : undefined })
        const response = reply(line, sentTo) ?? Response.json({ jobs: [], has_more: false })
        if (response instanceof Error) throw response
        return response
      },
      after(ms, fire) {
        const timer = { ms, fire }
        timers.push(timer)
        return () => void timers.splice(timers.indexOf(timer), 1)
      },
      now: () => 0,
      random: () => 0,
      newId: () => 'id',
    },
    page: {
      isVisible: () => state.isVisible,
      saveFile: (...file) => void files.push(file),
    },
    connection: { devices, kick },
    key: () => state.key,
    onChange: () => {},
  })
  return { list, asked, timers, files, kick, state }
}

const jobsOf = (...jobs: Job[]): Response => Response.json({ jobs, has_more: false })
const entryOf = (of: Job, name: string | null = null): JobEntry => ({ job: of, device: name })

describe('while the jobs are shown', () => {
  it('they are queried often while one runs, rarely otherwise, and not at all afterwards', async () => {
    let answer = jobsOf(job())
    const { list, asked, timers } = stage(() => answer)
    expect(list.view.entries).toBeNull()
    list.actions.watchJobs(true)
    await settle()
    expect(list.view.entries).toEqual([entryOf(job())])
    expect(timers.map(({ ms }) => ms)).toEqual([2_000])
    answer = jobsOf(job({ state: 'completed' }))
    timers[0]!.fire()
    await settle()
    expect(list.view.entries?.[0]?.job.state).toBe('completed')
    expect(timers.at(-1)?.ms).toBe(15_000)
    list.actions.watchJobs(false)
    await settle()
    expect(asked).toHaveLength(2)
  })

  it('a hidden page queries rarely, and immediately when it becomes visible', async () => {
    const { list, asked, timers, state } = stage(() => jobsOf(job()))
    state.isVisible = false
    list.actions.watchJobs(true)
    await settle()
    expect(timers.at(-1)?.ms).toBe(15_000)
    state.isVisible = true
    list.kick()
    await settle()
    expect(asked).toHaveLength(2)
  })

  it('the list stays when a desktop does not respond, and the connection is checked', async () => {
    let answer: Response | Error = jobsOf(job())
    const { list, timers, kick } = stage(() => answer)
    list.actions.watchJobs(true)
    await settle()
    for (const failure of [new Error('no network'), refusal(503, 'OFFLINE')]) {
      answer = failure
      timers.at(-1)!.fire()
      await settle()
      expect(list.view).toEqual({ entries: [entryOf(job())], problem: null })
      expect(timers.at(-1)?.ms).toBe(5_000)
    }
    expect(kick).toHaveBeenCalledTimes(2)
  })

  it('malformed jobs are ignored', async () => {
    const { list } = stage(() => Response.json({ jobs: [job(), { id: 7 }, null], has_more: false }))
    list.actions.watchJobs(true)
    await settle()
    expect(list.view.entries).toEqual([entryOf(job())])
  })

  it('those of several desktops are merged, newest first', async () => {
    const newer = job({ id: 'job_2', created_at: '2026-11-29T21:00:00.000Z' })
    const { list } = stage((_line, to) => jobsOf(to === 'b' ? newer : job()), [device('a'), device('b')])
    list.actions.watchJobs(true)
    await settle()
    expect(list.view.entries).toEqual([entryOf(newer, 'name of b'), entryOf(job(), 'name of a')])
  })

  it('another key begins with an empty list, and a response for the previous key is dropped', async () => {
    const { list, state } = stage(() => jobsOf(job()))
    list.actions.watchJobs(true)
    state.key = 'ctl_other'
    list.forget()
    await settle()
    expect(list.view.entries).toBeNull()
    list.kick()
    await settle()
    expect(list.view.entries).toHaveLength(1)
  })
})

describe('a job', () => {
  it.each([
    ['cancel', 'POST api/jobs/job_1/cancel'],
    ['retry', 'POST api/jobs/job_1/retry'],
    ['delete', 'DELETE api/jobs/job_1'],
  ] as const)('%s is sent to its desktop', async (change, line) => {
    const { list, asked } = stage(() => undefined, [device('a'), device('b')])
    list.actions.changeJob(entryOf(job(), 'name of b'), change)
    await settle()
    expect(asked).toEqual([{ line, device: 'b', body: undefined }])
  })

  it('has its result saved as a file', async () => {
    const headers = { 'content-type': 'application/x-ndjson' }
    const { list, files } = stage(() => new Response('{"custom_id":"a"}\n', { headers }))
    list.actions.saveJobResult(entryOf(job({ state: 'completed' })))
    await settle()
    expect(files).toEqual([['job_1.jsonl', 'application/x-ndjson', '{"custom_id":"a"}\n']])
  })

  it('is not read to its end if its result is too large for a phone', async () => {
    const read = vi.fn<() => void>()
    const body = new ReadableStream({
      pull(controller) {
        read()
        controller.enqueue(new Uint8Array(2 ** 20))
      },
    })
    const { list, files } = stage(() => new Response(body))
    list.actions.saveJobResult(entryOf(job({ state: 'completed' })))
    await expect.poll(() => list.view.problem).toEqual({ kind: 'resultTooLarge' })
    expect(files).toEqual([])
    expect(read.mock.calls.length).toBeLessThan(40)
  })

  it('is not saved if its result breaks off', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) })
    const { list, files, kick } = stage(() => new Response(body))
    list.actions.saveJobResult(entryOf(job({ state: 'completed' })))
    await expect.poll(() => kick.mock.calls.length).toBe(1)
    expect(files).toEqual([])
  })
})

describe('a download', () => {
  it('is queued by name', async () => {
    const { list, asked } = stage(() => undefined)
    list.actions.pullModel(' llama3.2 ')
    await settle()
    expect(asked[0]).toEqual({
      line: 'POST api/jobs',
      device: undefined,
      body: { type: 'pull', model: 'llama3.2' },
    })
  })

  it.each([
    ['SCOPE_MISSING', { kind: 'cannotManage' }],
    ['MODEL_NAME_INVALID', { kind: 'told', message: 'No.' }],
  ])('that is refused with %s shows the reason, until the jobs are shown again', async (code, problem) => {
    const { list } = stage((line) => (line.startsWith('POST') ? refusal(403, code) : undefined))
    list.actions.pullModel('llama3.2')
    await settle()
    expect(list.view.problem).toEqual(problem)
    list.actions.watchJobs(true)
    expect(list.view.problem).toBeNull()
    list.actions.watchJobs(false)
  })
})
