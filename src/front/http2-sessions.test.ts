import { EventEmitter } from 'node:events'
import type { ServerHttp2Session } from 'node:http2'
import { beforeEach, expect, it } from 'vitest'
import { FakeClock } from '../tunnel/fake-clock.test-support.ts'
import { http2LimitsFor, Http2Sessions } from './http2-sessions.ts'

/** The part of Node's session that the watch uses. */
class FakeSession extends EventEmitter {
  readonly state = { lastProcStreamID: 0 }
  destroyed = false
  answersPings = false

  begin(id: number): void {
    this.state.lastProcStreamID = id
  }

  ping(told: (error: Error | null) => void): void {
    if (this.answersPings) told(null)
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

let clock: FakeClock
let sessions: Http2Sessions
beforeEach(() => {
  clock = new FakeClock()
  sessions = new Http2Sessions({ clock, headersTimeoutMs: 1000 })
})

function opened(): FakeSession {
  const session = new FakeSession()
  sessions.add(session as unknown as ServerHttp2Session)
  return session
}

function greeted(): FakeSession {
  const session = opened()
  session.emit('remoteSettings')
  return session
}

it('closes a connection without a timely preface, but no idle one', () => {
  const [silent, idle] = [opened(), greeted()]
  clock.advance(5000)
  expect([silent.destroyed, idle.destroyed]).toEqual([true, false])
})

it('closes a connection whose header block does not end, first or later', () => {
  const [first, later] = [greeted(), greeted()]
  later.emit('stream', { id: 1 })
  first.begin(1)
  later.begin(3)
  clock.advance(1000)
  expect([first.destroyed, later.destroyed]).toEqual([false, false])
  clock.advance(500)
  expect([first.destroyed, later.destroyed]).toEqual([true, true])
  expect(clock.pendingTimers).toBe(0)
})

it('keeps a connection whose header blocks end, however long its requests take', () => {
  const session = greeted()
  for (let id = 1; id < 100; id += 2) {
    session.begin(id)
    clock.advance(400)
    session.emit('stream', { id })
    clock.advance(600)
  }
  expect(session.destroyed).toBe(false)
})

it('keeps a connection whose header block was refused: it answers a ping', () => {
  const session = greeted()
  session.answersPings = true
  session.begin(1)
  clock.advance(60_000)
  expect(session.destroyed).toBe(false)
})

it('allows a hundred cancelled requests a second, but not thousands', () => {
  const { streamResetRate = 0, streamResetBurst = 0 } = http2LimitsFor({ maxHeaderBytes: 1 })
  expect(streamResetRate).toBeGreaterThan(100)
  expect(streamResetRate + streamResetBurst).toBeLessThan(2000)
})
