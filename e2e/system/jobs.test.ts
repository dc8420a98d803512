import { join } from 'node:path'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { isFinal, parseJob, type Job } from '../../src/shared/jobs.ts'
import { closedAfter, closedAfterEach, fresh as it } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { freePort } from '../support/free-port.ts'
import { PATIENCE_MS } from '../support/patience.ts'
import { Workshop, type Program } from '../support/program.ts'
import type { Desk } from '../support/stack.ts'
import { until } from '../support/until.ts'

const workshop = closedAfterEach(new Workshop())

/** A client of `/api/jobs`. */
class JobClient {
  readonly #url: string
  readonly #key: string

  constructor(url: string, key: string) {
    this.#url = url.replace(/\/$/, '')
    this.#key = key
  }

  fetch(path: string, method = 'GET', body?: object): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#key}` }
    return fetch(this.#url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  }

  async submit(body: object): Promise<Job> {
    const response = await this.fetch('/api/jobs', 'POST', body)
    expect(response.status).toBe(202)
    return this.#job(response)
  }

  async show(id: string): Promise<Job> {
    return this.#job(await this.fetch(`/api/jobs/${id}`))
  }

  /** The job in its final state. */
  async end(id: string): Promise<Job> {
    let job = await this.show(id)
    await until(
      async () => {
        job = await this.show(id)
        return isFinal(job.state)
      },
      { what: `the end of ${id}`, timeoutMs: 2 * PATIENCE_MS, everyMs: 100 },
    )
    return job
  }

  async #job(response: Response): Promise<Job> {
    const job = parseJob(await response.json())
    if (job === undefined) throw new Error(`no job, but ${response.status}`)
    return job
  }
}

const chat = (marker: string, loadMs = 0) => ({
  type: 'request',
  path: '/api/chat',
  body: {
    model: 'fake',
    messages: [{ role: 'user', content: marker }],
    options: { tokens: 1, marker, load_ms: loadMs },
  },
})

/** How often the model server was asked with this marker. */
async function askedFor(upstream: FakeUpstream, marker: string): Promise<number> {
  const chats = upstream.seen.filter(({ method, path }) => method === 'POST' && path === '/api/chat')
  const bodies = await Promise.all(chats.map((seen) => seen.body()))
  return bodies.filter(({ text }) => text.includes(`"${marker}"`)).length
}

describe('jobs of processes that are killed', () => {
  it('are all done, each request once, although bridge and relay are killed in between', async ({
    upstream,
  }) => {
    const port = String(await freePort())
    const [relayDir, dataDir] = [await workshop.dataDir(), await workshop.dataDir()]
    const startRelay = async () => {
      const program = workshop.run(['relay', '--json', '--port', port, '--data-dir', relayDir])
      const { url, pairingCode } = await program.stdout.json<{ url: string; pairingCode: string }>(
        (value) => 'url' in value,
      )
      return { program, url, pairingCode }
    }
    const startBridge = async (...more: string[]): Promise<Program> => {
      const program = workshop.run([
        'bridge',
        '--json',
        '--upstream',
        upstream.origin,
        '--data-dir',
        dataDir,
        ...more,
      ])
      await program.stdout.json(({ event }) => event === 'online')
      return program
    }
    let relay = await startRelay()
    let bridge = await startBridge('--relay', relay.url, '--pair', relay.pairingCode)
    const made = await workshop.run(['keys', 'create', '--json', '--data-dir', dataDir]).result()
    const client = new JobClient(relay.url, (JSON.parse(made.stdout) as { key: string }).key)

    const markers = Array.from({ length: 24 }, (_, i) => `m${i}-`)
    const jobs: Job[] = []
    for (const marker of markers) jobs.push(await client.submit(chat(marker, 50)))
    const input = Array.from({ length: 640 }, (_, i) => `text ${i}`)
    const embedding = await client.submit({ type: 'embed', model: 'fake', input })
    const isDone = async (count: number) => {
      const { jobs: done } = (await (await client.fetch('/api/jobs?state=completed&limit=100')).json()) as {
        jobs: Job[]
      }
      return done.length >= count
    }
    for (const count of [3, 9, 15]) {
      await until(() => isDone(count), { what: `${count} jobs`, everyMs: 20 })
      bridge.kill('SIGKILL')
      await bridge.exit
      if (count === 9) {
        relay.program.kill('SIGKILL')
        await relay.program.exit
        relay = await startRelay()
      }
      bridge = await startBridge()
    }

    for (const [index, { id }] of jobs.entries()) {
      expect(await client.end(id)).toMatchObject({ state: 'completed', counts: { completed: 1, failed: 0 } })
      const result = (await (await client.fetch(`/api/jobs/${id}/result`)).json()) as object
      expect(result).toMatchObject({ message: { content: `${markers[index]}-0 ` }, done: true })
    }
    expect(await client.end(embedding.id)).toMatchObject({ state: 'completed', counts: { total: 10 } })
    const { embeddings } = (await (await client.fetch(`/api/jobs/${embedding.id}/result`)).json()) as {
      embeddings: unknown[]
    }
    expect(embeddings).toHaveLength(640)
    const asked = await Promise.all(markers.map((marker) => askedFor(upstream, marker)))
    // One request ran at each kill, and is repeated.
    expect(asked.every((count) => count >= 1)).toBe(true)
    expect(asked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(markers.length + 3)
    expect((await stat(join(dataDir, 'jobs.db'))).mode & 0o777).toBe(0o600)
  })
})

describe('a job waits', () => {
  it('while jobs are paused, by day, and on battery, as the settings say', async ({ startDesk }) => {
    let isOnBattery = true
    const desk = await startDesk({ isOnBattery: () => isOnBattery })
    const client = new JobClient(desk.relayUrl, desk.key)
    const hour = (offset: number) => (new Date().getHours() + offset + 24) % 24
    await desk.settings.patch({
      jobsPaused: true,
      jobsOnlyAtNight: true,
      jobsNightFrom: hour(2),
      jobsNightTo: hour(4),
    })
    const { id } = await client.submit(chat('held'))
    const held = (cause: string | null) => desk.until(({ jobs }) => jobs?.hold === cause)
    await held('paused')
    await desk.settings.patch({ jobsPaused: false })
    await held('night')
    await desk.settings.patch({ jobsNightFrom: hour(-1), jobsNightTo: hour(2) })
    await held('battery')
    expect(await client.show(id)).toMatchObject({ state: 'queued', attempts: 0 })
    await desk.settings.patch({ jobsOnBattery: true })
    expect(await client.end(id)).toMatchObject({ state: 'completed', attempts: 1 })
    isOnBattery = false
    await desk.settings.patch({ jobsOnBattery: false })
    const next = await client.submit(chat('next'))
    expect(await client.end(next.id)).toMatchObject({ state: 'completed' })
  })
})

describe('a job that runs', () => {
  const running = async (desk: Desk, upstream: FakeUpstream, marker: string, times: number) => {
    await until(async () => (await askedFor(upstream, marker)) === times, { what: `start ${times}` })
    await desk.until(({ jobs }) => jobs?.counts.running === 1)
  }

  it('starts again after each clean stop, as for an update, which is never counted against it', async ({
    desk,
    upstream,
  }) => {
    const client = new JobClient(desk.relayUrl, desk.key)
    const load = upstream.holdLoads()
    const { id } = await client.submit(chat('stopped-'))
    for (let stop = 1; stop <= 4; stop++) {
      await running(desk, upstream, 'stopped-', stop)
      desk.bridge.drain(true)
      await desk.until(({ jobs }) => jobs?.counts.queued === 1)
      desk.bridge.drain(false)
    }
    load()
    expect(await client.end(id)).toMatchObject({ state: 'completed', attempts: 1 })
    expect(await askedFor(upstream, 'stopped-')).toBe(5)
  })

  it('continues through a sleep, with its one request', async ({ desk, upstream }) => {
    const client = new JobClient(desk.relayUrl, desk.key)
    const load = upstream.holdLoads()
    const { id } = await client.submit(chat('asleep-'))
    await running(desk, upstream, 'asleep-', 1)
    desk.bridge.suspend()
    await until(() => desk.proxy.liveConnections === 0)
    desk.bridge.wake()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
    load()
    expect(await client.end(id)).toMatchObject({ state: 'completed', attempts: 1 })
    expect(await askedFor(upstream, 'asleep-')).toBe(1)
  })
})

/** The states in the events of a job, as they arrive. */
async function* statesIn({ body }: Response): AsyncGenerator<Job> {
  let rest = ''
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events.filter((each) => each.startsWith('id: ')))
      yield parseJob(JSON.parse(event.split('\ndata: ')[1] ?? ''))!
  }
}

describe('the events of a job', () => {
  it('tell every reader its progress and its end, over the relay', async ({ desk, upstream }) => {
    const client = new JobClient(desk.relayUrl, desk.key)
    const half = Promise.withResolvers<void>()
    upstream.on('POST', '/api/pull', async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      const record = { status: 'pulling d', digest: 'sha256:d', total: 200 }
      response.write(`${JSON.stringify({ ...record, completed: 100 })}\n`)
      await half.promise
      response.write(`${JSON.stringify({ ...record, completed: 200 })}\n`)
      response.end('{"status":"success"}\n')
    })
    const { id } = await client.submit({ type: 'pull', model: 'big' })
    const response = await client.fetch(`/api/jobs/${id}/events`)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const seen: Job[] = []
    for await (const job of statesIn(response)) {
      seen.push(job)
      // The download continues once its reader knows how far it is.
      if (job.progress?.completed_bytes === 100) half.resolve()
    }
    expect(seen.at(-1)).toMatchObject({
      state: 'completed',
      progress: { completed_bytes: 200, total_bytes: 200 },
    })
    const done = seen.map((job) => job.progress?.completed_bytes ?? 0)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(done).toContain(100)
  })
})

describe('a download', () => {
  it('continues after the model server was gone', async ({ desk, upstream }) => {
    const client = new JobClient(desk.relayUrl, desk.key)
    await desk.settings.patch({ jobsBaseRetryDelaySeconds: 1 })
    let attempts = 0
    upstream.on('POST', '/api/pull', (_request, response) => {
      attempts++
      const done = attempts * 100
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      for (const completed of [done - 100, done])
        response.write(
          `${JSON.stringify({ status: 'pulling d', digest: 'sha256:d', total: 500, completed })}\n`,
        )
      if (attempts < 5) setImmediate(() => response.destroy())
      else response.end('{"status":"success"}\n')
    })
    const { id } = await client.submit({ type: 'pull', model: 'big' })
    // More attempts than retries: each has come further than the one before.
    expect(await client.end(id)).toMatchObject({ state: 'completed', progress: { completed_bytes: 500 } })
    expect(attempts).toBe(5)
  })
})

describe('the command line', () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await workshop.run(['jobs', ...args]).result()
    return { code, stdout, stderr }
  }

  it('reports that the file is damaged and where it is, and starts with an empty one', async () => {
    const dataDir = await workshop.dataDir()
    const where = ['--data-dir', dataDir]
    expect((await run('pull', 'fake', ...where)).code).toBe(0)
    const path = join(dataDir, 'jobs.db')
    const bytes = await readFile(path)
    bytes.fill(0xff, 4_096 + 100)
    await writeFile(path, bytes)
    const { code, stdout, stderr } = await run('list', ...where)
    expect([code, stdout]).toEqual([0, 'No jobs.'])
    expect(await readFile(/saved as (\S+) and/.exec(stderr)?.[1] ?? '')).toEqual(bytes)
    expect(await run('list', ...where)).toEqual({ code: 0, stdout: 'No jobs.', stderr: '' })
  })

  it('queues a download without a bridge, and follows it with one', async ({ relay, upstream }) => {
    const dataDir = await workshop.dataDir()
    const where = ['--data-dir', dataDir]
    const queued = await run('pull', 'fake', '--json', ...where)
    const job = parseJob(JSON.parse(queued.stdout))!
    expect([queued.code, job.type, job.state]).toEqual([0, 'pull', 'queued'])
    expect((await run('watch', job.id, ...where)).stderr).toContain('No bridge is running')
    expect((await run('watch', 'job_x', ...where)).stderr).toContain('No job has this id')
    const listed = await run('list', ...where)
    expect(listed.stdout.split('\n').every((line) => line.length <= 80)).toBe(true)
    expect(listed.stdout).toContain(job.id)

    const held = Promise.withResolvers<void>()
    upstream.on('POST', '/api/pull', async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.write('{"status":"pulling d","digest":"sha256:d","total":200,"completed":100}\n')
      await held.promise
      response.end('{"status":"success"}\n')
    })
    const pairing = ['--relay', relay.url, '--pair', relay.mintPairingCode('owner')]
    const bridge = workshop.run(['bridge', '--json', '--upstream', upstream.origin, ...where, ...pairing])
    await bridge.stdout.json(({ event }) => event === 'online')
    const watching = workshop.run(['jobs', 'watch', job.id, '--json', ...where])
    await watching.stdout.json(({ state }) => state === 'running')
    watching.kill('SIGINT')
    expect(await watching.exit).toBe(130)
    held.resolve()
    const watched = await run('watch', job.id, '--json', ...where)
    expect([watched.code, parseJob(JSON.parse(watched.stdout.split('\n').at(-1)!))?.state]).toEqual([
      0,
      'completed',
    ])
    expect((await run('show', job.id, ...where)).stdout).toMatch(/State {5}completed/)
    expect(await run('cancel', 'job_x', ...where)).toMatchObject({ code: 1, stdout: '' })
    expect(await run('list', '--state', 'x', ...where)).toMatchObject({ code: 2 })
    bridge.kill()
    expect(await bridge.exit).toBe(0)
  })
})

describe('a request that no model server serves', () => {
  it('waits for it, and uses up no attempt', async ({ desk, upstream }) => {
    const { port } = upstream
    await upstream.close()
    const client = new JobClient(desk.relayUrl, desk.key)
    const { id } = await client.submit(chat('late'))
    await desk.until((snapshot) => snapshot.upstream.kind !== 'up' && snapshot.jobs?.counts.queued === 1)
    expect(await client.show(id)).toMatchObject({ state: 'queued', attempts: 0 })
    expect(desk.bridge.snapshot.jobs?.hold).toBe('upstream')
    await closedAfter(FakeUpstream.start({ port }))
    await desk.bridge.rediscoverUpstream()
    expect(await client.end(id)).toMatchObject({ state: 'completed', attempts: 1 })
  })
})
