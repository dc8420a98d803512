import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, onTestFinished } from 'vitest'
import { sampleJob } from '../../src/relay/jobs/sample-job.test-support.ts'
import { JobDevice } from '../support/job-device.ts'
import { JobWatcher } from '../support/job-watcher.ts'
import { closing, fresh } from '../support/fixtures.ts'
import { ownerToken, pair } from '../support/stack.ts'
import { until } from '../support/until.ts'

const it = fresh
  .extend('device', async ({ relay }, { onCleanup }) => {
    const device = await new JobDevice(await pair(relay, 'owner'), relay.port).start()
    return closing(device, onCleanup)
  })
  .extend('jobId', ({ device }) => {
    const id = `job_${randomUUID().replaceAll('-', '').slice(0, 24)}`
    device.addJob(sampleJob(id), device.key)
    return id
  })
  .extend('open', ({ relay, device }) => (token = device.key) => {
    const watcher = JobWatcher.open(relay.port, token)
    onTestFinished(async () => (await watcher).close())
    return watcher
  })

it('a watcher sees each state of a job once, and its end', async ({ device, jobId, open }) => {
  const watcher = await open()
  watcher.subscribe(jobId)
  await watcher.next(({ type }) => type === 'update')
  await until(() => device.subscriptions(jobId) === 1)
  device.change(jobId, { counts: { total: 1000, completed: 10, failed: 0 } })
  device.change(jobId, { state: 'completed' })
  await watcher.next(({ job }) => job?.state === 'completed')
  expect(watcher.messages.map(({ type, job }) => job?.revision ?? type)).toEqual([
    'ready',
    'subscribed',
    1,
    2,
    3,
  ])
  await until(() => device.subscriptions(jobId) === 0)
})

describe('a credential', () => {
  it('may come with the upgrade', async ({ relay, device }) => {
    const watcher = new JobWatcher(relay.port, { headers: { authorization: `Bearer ${device.key}` } })
    await watcher.next(({ type }) => type === 'ready')
    watcher.close()
  })

  it.override('relayFlags', { maxAuthFailures: 5, trustedProxies: 'none' })
  it('that is wrong closes the connection, and counts as everywhere', async ({ relay, device }) => {
    await until(async () => (await fetch(`${relay.url}/k/${device.key}/api/jobs`)).ok)
    const codes = []
    for (let i = 0; i < 8; i++) {
      const watcher = new JobWatcher(relay.port)
      await once(watcher.socket, 'open')
      watcher.send({ type: 'auth', token: `${device.key.slice(0, -4)}wro${i}` })
      expect(await watcher.closed).toBe(i < 5 ? 4401 : 4429)
      codes.push(watcher.messages[0]?.code)
    }
    expect(codes).toEqual([...Array(5).fill('KEY_UNKNOWN'), ...Array(3).fill('TOO_MANY_REQUESTS')])
    expect((await fetch(`${relay.url}/k/${device.key}/api/jobs`)).status).toBe(429)
  })

  it('is needed before anything else', async ({ relay, jobId }) => {
    const watcher = new JobWatcher(relay.port)
    await once(watcher.socket, 'open')
    watcher.subscribe(jobId)
    await watcher.next(({ code }) => code === 'BAD_REQUEST')
    watcher.close()
  })
})

describe('the owner of two devices', () => {
  it('selects the one with the job, and keeps the subscription while it sleeps', async ({
    relay,
    device,
    open,
  }) => {
    const other = await new JobDevice(await pair(relay, 'owner', 'Büro'), relay.port).start()
    onTestFinished(() => other.close())
    const token = await ownerToken(relay, 'owner')
    const [here, there] = ['job_here', 'job_there']
    device.addJob(sampleJob(here), device.key)
    other.addJob(sampleJob(there), other.key)
    const watcher = await open(token)
    const subscribe = (job_id: string, name: string) => {
      watcher.send({ type: 'subscribe', job_id, device: name })
      return watcher.next((message) => message.job_id === job_id)
    }
    expect(await subscribe(there, device.identity.deviceId)).toMatchObject({ code: 'JOB_NOT_FOUND' })
    expect(await subscribe(there, 'nowhere')).toMatchObject({ code: 'DEVICE_UNKNOWN' })
    expect(await subscribe(here, device.identity.deviceId)).toMatchObject({ type: 'subscribed' })
    expect(await subscribe(there, 'Büro')).toMatchObject({ type: 'subscribed' })
    await until(() => other.subscriptions(there) === 1 && device.subscriptions(here) === 1)
    const sees = (revision: number) =>
      watcher.next(({ job }) => job?.id === there && job.revision === revision)
    await sees(other.change(there, {}).revision)
    await other.stop()
    await watcher.next(({ job_id, stale_seconds }) => job_id === there && stale_seconds !== undefined)
    const headers = { authorization: `Bearer ${token}`, 'x-device': other.identity.deviceId }
    const answer = await fetch(`${relay.url}/api/jobs/${there}`, { headers })
    expect([answer.status, answer.headers.get('x-job-stale-seconds')]).toEqual([200, expect.any(String)])
    await other.start()
    await until(() => other.subscriptions(there) === 1)
    await sees(other.change(there, {}).revision)
  })
})

describe('limits', () => {
  it('end a connection beyond those of a credential, and free its place when one closes', async ({
    relay,
    device,
    open,
  }) => {
    const first = await open()
    for (let i = 0; i < 4; i++) await open()
    const sixth = new JobWatcher(relay.port, { headers: { authorization: `Bearer ${device.key}` } })
    expect(await sixth.closed).toBe(4429)
    first.close()
    await first.closed
    await open()
  })

  it('refuse the 33rd subscription', async ({ device, open }) => {
    const ids = Array.from({ length: 33 }, (_, i) => `job_${i}`)
    for (const id of ids) device.addJob(sampleJob(id), device.key)
    const watcher = await open()
    for (const id of ids) watcher.subscribe(id)
    const error = await watcher.next(({ type }) => type === 'error')
    expect(error).toMatchObject({ code: 'TOO_MANY_REQUESTS', job_id: 'job_32' })
    await until(() => watcher.updates.length === 32)
    watcher.send({ type: 'unsubscribe', job_id: 'job_0' })
    watcher.subscribe('job_32')
    await watcher.next(({ type, job_id }) => type === 'subscribed' && job_id === 'job_32')
  })

  it('cut off a client that sends too much', async ({ open }) => {
    const watcher = await open()
    for (let i = 0; i < 200; i++) watcher.send({ type: 'ping' })
    expect(await watcher.closed).toBe(4429)
    const long = await open()
    long.send('x'.repeat(16 * 1024 + 1))
    expect(await long.closed).toBe(1009)
  })

  it.override('relayFlags', { corsOrigins: 'https://chat.example' })
  it('admit pages of CORS_ORIGINS only', async ({ relay }) => {
    const answers = ['https://chat.example', 'https://evil.example'].map((origin) => {
      const { socket } = new JobWatcher(relay.port, { origin })
      onTestFinished(() => socket.terminate())
      return new Promise((resolve) => {
        socket.once('open', () => resolve(101))
        socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
      })
    })
    expect(await Promise.all(answers)).toEqual([101, 403])
  })
})

describe('an owner with one request at a time', () => {
  it.override('relayFlags', { maxConcurrentStreams: '1', maxQueued: '0' })
  it('still has that one while a job is watched', async ({ relay, device, jobId, open }) => {
    const watcher = await open()
    watcher.subscribe(jobId)
    await until(() => device.subscriptions(jobId) === 1)
    expect((await fetch(`${relay.url}/k/${device.key}/api/jobs`)).status).toBe(200)
  })
})

/** Messages of every wrong kind. */
const NONSENSE: readonly (string | Buffer)[] = [
  '',
  'null',
  '[]',
  '"subscribe"',
  '{"type":"subscribe"}',
  '{"type":"subscribe","job_id":7}',
  '{"type":"subscribe","job_id":"../../v1/models"}',
  '{"type":"subscribe","job_id":"a b?x#y"}',
  `{"type":"subscribe","job_id":"${'a'.repeat(65)}"}`,
  '{"type":"auth"}',
  '{"type":"auth","token":""}',
  '{"type":"auth","token":["x"]}',
  '{"type":"__proto__"}',
  '{"__proto__":{"type":"ping"}}',
  '{"type":"ping"',
  '['.repeat(16_000),
  '\u0000',
  '{"type":"subscribe","job_id":"\ud800"}',
  Buffer.from([0, 1, 2, 255]),
  randomBytes(1_000),
]

it('answers nonsense clearly, closes after the third, and serves others meanwhile', async ({
  relay,
  device,
  jobId,
  open,
}) => {
  const witness = await open()
  witness.subscribe(jobId)
  await witness.next(({ type }) => type === 'update')
  for (const isKnown of [true, false])
    for (const message of NONSENSE) {
      const watcher = new JobWatcher(relay.port)
      await once(watcher.socket, 'open')
      if (isKnown) watcher.send({ type: 'auth', token: device.key })
      if (isKnown) await watcher.next(({ type }) => type === 'ready')
      for (let i = 0; i < 4; i++) watcher.socket.send(message)
      expect(await watcher.closed).toBe(4400)
      const errors = watcher.messages.filter(({ type }) => type === 'error')
      expect(errors).toHaveLength(3)
      for (const error of errors) expect(error).toMatchObject({ code: 'BAD_REQUEST', message: /^Expected/ })
    }
  await until(() => device.subscriptions(jobId) === 1)
  device.change(jobId, {})
  await witness.next(({ job }) => job?.revision === 2)
})

it('a slow watcher gets the newest state only, and holds up nobody', async ({ device, jobId, open }) => {
  const [slow, fast] = [await open(), await open()]
  for (const watcher of [slow, fast]) {
    watcher.subscribe(jobId)
    await watcher.next(({ type }) => type === 'update')
  }
  await until(() => device.subscriptions(jobId) === 1)
  slow.socket.pause()
  const status = 'x'.repeat(600)
  const bytes = { completed_bytes: 1, total_bytes: 2, bytes_per_second: null, eta_seconds: null }
  let last = 0
  for (let i = 0; i < 8_000; i++) {
    last = device.change(jobId, { progress: { status, ...bytes } }).revision
    if (i % 100 === 0) await fast.next(({ job }) => job?.revision === last)
  }
  await fast.next(({ job }) => job?.revision === last)
  slow.socket.resume()
  await slow.next(({ job }) => job?.revision === last)
  const revisions = slow.updates.map(({ job }) => job!.revision)
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b))
  expect(revisions.length).toBeLessThan(fast.updates.length)
})

describe('the status cache', () => {
  it.override('relayFlags', { jobStatusCache: 'false' })
  it('can be turned off', async ({ relay, device, jobId, open }) => {
    const watcher = await open()
    watcher.subscribe(jobId)
    await watcher.next(({ type }) => type === 'update')
    await device.stop()
    await watcher.next(({ stale_seconds }) => stale_seconds !== undefined)
    const { status } = await fetch(`${relay.url}/k/${device.key}/api/jobs/${jobId}`)
    expect(status).toBe(503)
    const late = new JobWatcher(relay.port, { headers: { authorization: `Bearer ${device.key}` } })
    expect(await late.closed).toBe(4503)
  })
})

it('follows a download of a real bridge, and ends with its key', async ({ relay, upstream, startDesk }) => {
  const desk = await startDesk({ owner: 'another' })
  const post = (body: object): Promise<Response> =>
    fetch(`${relay.url}/api/jobs`, {
      method: 'POST',
      headers: { ...desk.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const created = await post({ type: 'pull', model: 'llama3.2:3b' })
  const { id } = (await created.json()) as { id: string }
  const watcher = await JobWatcher.open(relay.port, desk.key)
  onTestFinished(() => watcher.close())
  watcher.subscribe(id)
  await watcher.next(({ job }) => job?.state === 'completed' || job?.state === 'failed')
  const revisions = watcher.updates.map(({ job }) => job!.revision)
  expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b))
  expect(upstream.seen.some(({ path }) => path === '/api/pull')).toBe(true)
  const waiting = await post({ type: 'request', path: '/api/chat', body: slowChat() })
  const { id: slow } = (await waiting.json()) as { id: string }
  watcher.subscribe(slow)
  await watcher.next(({ job }) => job?.state === 'running')
  const keyId = desk.keys.list()[0]!.id
  await desk.keys.revoke(keyId)
  const last = await watcher.next(({ type, job }) => type === 'error' || job?.state === 'cancelled')
  expect([last.job?.state, last.code]).toContainEqual(expect.stringMatching(/^(?:cancelled|KEY_UNKNOWN)$/))
})

function slowChat(): object {
  return { model: 'fake', messages: [{ role: 'user', content: 'Hi' }], options: { load_ms: 60_000 } }
}
