import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { ClientOrigin } from '../../front/request-context.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { JobConnection, type JobConnectionSummary } from './job-connection.ts'
import { updateMessage } from './job-message.ts'
import { JOB_NOT_FOUND } from './job-problem.ts'
import type { Watcher } from './job-watch.ts'
import { sampleJob } from './sample-job.test-support.ts'
import type { JobReaderId } from './status-cache.ts'

const ORIGIN = { clientAddress: '192.0.2.1', countedAs: '192.0.2.1' } as ClientOrigin
const CLIENT: JobReaderId = { routingId: 'r', identity: 'a' }
const LIMITS = { connectionTimeoutMs: 3_600_000, connectionIdleTimeoutMs: 90_000 }

/** The parts of a WebSocket that a connection uses. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  readonly sent: { type: string; code?: string; job_id?: string }[] = []
  pings = 0
  /** The code of the close frame, or `terminated`. */
  ended: number | 'terminated' | undefined
  readonly #written: (() => void)[] = []

  send(text: string, written: () => void): void {
    this.sent.push(JSON.parse(text))
    this.#written.push(written)
  }

  /** The client has read everything. */
  drain(): void {
    this.bufferedAmount = 0
    for (const written of this.#written.splice(0)) written()
  }

  ping(): void {
    this.pings += 1
  }

  close(code: number): void {
    this.ended ??= code
    this.readyState = 2
  }

  terminate(): void {
    this.ended ??= 'terminated'
    this.readyState = 3
    this.emit('close', 1006)
  }
}

/** @param found the result of checking a credential */
function stage(found: Promise<JobReaderId> = Promise.resolve(CLIENT), token?: string) {
  const socket = new FakeSocket()
  const clock = new FakeClock()
  const watchers = new Map<string, Watcher>()
  const closed: JobConnectionSummary[] = []
  const states: string[] = []
  const connection = new JobConnection({
    socket: socket as unknown as WebSocket,
    request: {} as IncomingMessage,
    origin: ORIGIN,
    token,
    clock,
    hub: {
      subscribe: async (watcher, { jobId }, _signal, onSubscribed) => {
        if (jobId === 'job_none') return JOB_NOT_FOUND
        onSubscribed()
        watchers.set(jobId, watcher)
        return undefined
      },
      unsubscribe: (_watcher, { jobId }) => void watchers.delete(jobId),
    },
    access: { admit: () => found },
    limits: LIMITS,
    metrics: { jobUpdate: (result) => void states.push(result) },
    enter: () => true,
    onClosed: (_connection, summary) => closed.push(summary),
  })
  const say = async (message: object | string): Promise<void> => {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    socket.emit('message', Buffer.from(text), false)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { socket, clock, watchers, closed, connection, say, states }
}

const AUTH = { type: 'auth', token: 'key' }
const subscribeTo = (job_id: string): object => ({ type: 'subscribe', job_id })

describe('a connection', () => {
  it('waits ten seconds for a credential', async () => {
    const { socket, clock } = stage()
    clock.advance(9_999)
    expect(socket.ended).toBeUndefined()
    clock.advance(1)
    expect([socket.ended, socket.sent[0]?.code]).toEqual([4408, 'UNAUTHORIZED'])
  })

  it('ends after its total time, whatever happens on it, and leaves no timer', async () => {
    const { socket, clock, say, closed, watchers } = stage()
    await say(AUTH)
    await say(subscribeTo('job_1'))
    for (let ms = 0; ms < LIMITS.connectionTimeoutMs; ms += 20_000) {
      expect(socket.ended).toBeUndefined()
      await say({ type: 'ping' })
      clock.advance(20_000)
    }
    expect([socket.ended, watchers.size]).toEqual([4410, 0])
    socket.emit('close', 4410)
    expect([clock.pendingTimers, closed]).toEqual([
      0,
      [{ client: CLIENT, code: 4410, totalMs: 3_600_000, subscriptions: 1 }],
    ])
  })

  it('is pinged, and cut off if nothing comes back', async () => {
    const { socket, clock, say } = stage()
    await say(AUTH)
    for (let i = 0; i < 10; i++) {
      clock.advance(30_000)
      socket.emit('pong')
    }
    expect([socket.pings, socket.ended]).toEqual([10, undefined])
    clock.advance(60_000)
    expect(socket.ended).toBeUndefined()
    clock.advance(30_000)
    expect([socket.ended, clock.pendingTimers]).toEqual(['terminated', 0])
  })

  it('is cut off if its client does not complete the close', async () => {
    const { socket, clock, connection } = stage()
    connection.close('stopping')
    clock.advance(5_000)
    expect([socket.ended, socket.readyState]).toEqual([1001, 3])
  })

  it('handles what a client sends before the credential was checked, in order', async () => {
    const { promise, resolve } = Promise.withResolvers<JobReaderId>()
    const { socket, say } = stage(promise)
    await say(AUTH)
    await say(subscribeTo('job_1'))
    await say(subscribeTo('job_none'))
    expect(socket.sent).toEqual([])
    resolve(CLIENT)
    await promise
    await say({ type: 'ping' })
    expect(socket.sent.map(({ type, job_id }) => job_id ?? type)).toEqual([
      'ready',
      'job_1',
      'pong',
      'job_none',
    ])
  })

  it('takes only one credential', async () => {
    const { socket, say } = stage(undefined, 'key in the upgrade')
    await say(AUTH)
    await say(AUTH)
    expect(socket.sent.map(({ type }) => type)).toEqual(['error', 'ready', 'error'])
  })

  it('refuses messages beyond a rate', async () => {
    const { socket, clock, say } = stage()
    await say(AUTH)
    for (let i = 0; i < 119; i++) await say({ type: 'ping' })
    clock.advance(10_000)
    for (let i = 0; i < 120; i++) await say({ type: 'ping' })
    expect(socket.ended).toBeUndefined()
    await say({ type: 'ping' })
    expect([socket.ended, socket.sent.at(-1)?.code]).toEqual([4429, 'TOO_MANY_REQUESTS'])
  })

  it('is cut off if its client asks on and reads nothing', async () => {
    const { socket, say } = stage()
    await say(AUTH)
    socket.bufferedAmount = 256 * 1024 + 1
    await say({ type: 'ping' })
    expect(socket.ended).toBe(4429)
  })
})

describe('a slow client', () => {
  it('gets the newest state of each job once it has caught up', async () => {
    const { socket, say, watchers, states } = stage()
    await say(AUTH)
    for (const id of ['job_1', 'job_2']) await say(subscribeTo(id))
    socket.sent.length = 0
    socket.bufferedAmount = 64 * 1024 + 1
    for (let revision = 1; revision <= 100; revision++)
      for (const [id, watcher] of watchers)
        watcher.update(updateMessage(sampleJob(id, { revision }), undefined), false)
    expect(socket.sent).toEqual([])
    socket.drain()
    expect(socket.sent).toMatchObject([
      { job_id: 'job_1', job: { revision: 100 } },
      { job_id: 'job_2', job: { revision: 100 } },
    ])
    expect([states.length, states.filter((state) => state === 'sent').length]).toEqual([200, 2])
  })

  it('gets no state of a job that it has unsubscribed', async () => {
    const { socket, say, watchers } = stage()
    await say(AUTH)
    await say(subscribeTo('job_1'))
    socket.sent.length = 0
    socket.bufferedAmount = 64 * 1024 + 1
    watchers.get('job_1')?.update(updateMessage(sampleJob('job_1'), undefined), false)
    await say({ type: 'unsubscribe', job_id: 'job_1' })
    socket.drain()
    expect(socket.sent).toEqual([])
  })
})
