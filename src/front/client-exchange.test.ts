import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { beforeEach, expect, it } from 'vitest'
import { encodeMessage } from '../shared/proxy-head.ts'
import { FakeClock } from '../tunnel/fake-clock.test-support.ts'
import type { TunnelStream } from '../tunnel/stream.ts'
import { ClientExchange, type Outcome } from './client-exchange.ts'
import type { ResponseBody } from './response-body.ts'

const QUEUED_MS = 9_000
const ACK_TIMEOUT_MS = 10_000
const ignore = (): void => {}

let clock: FakeClock
let exchange: ClientExchange
let outcome: Outcome | undefined

/** A request that waited in a queue before a device was chosen. */
beforeEach(() => {
  clock = new FakeClock()
  outcome = undefined
  const receivedAt = clock.monotonic()
  clock.advance(QUEUED_MS)
  const stream: Partial<TunnelStream> = { attach: ignore, reset: ignore }
  const body: Partial<ResponseBody> = { head: ignore, fail: ignore, dispose: ignore, end: () => true }
  exchange = new ClientExchange({
    request: Object.assign(new EventEmitter(), { complete: true }) as IncomingMessage,
    response: Object.assign(new EventEmitter(), { headersSent: true }) as unknown as ServerResponse,
    receivedAt,
    stream: stream as TunnelStream,
    body: body as ResponseBody,
    sink: { onDrain: ignore },
    clock,
    expectsContinue: true,
    maxBodyBytes: 0,
    ackTimeoutMs: ACK_TIMEOUT_MS,
    idleTimeoutMs: 60_000,
    stallTimeoutMs: 60_000,
    isReachable: () => true,
    delays: { firstToken: ignore, nextToken: ignore },
    report: ignore,
    onDone: (result) => (outcome = result),
  })
  exchange.start()
})

it('measures a request from its arrival, and the bridge from when it was asked', () => {
  clock.advance(50)
  exchange.message(encodeMessage({ type: 'accept' }))
  clock.advance(450)
  exchange.message(encodeMessage({ type: 'head', status: 200, headers: [] }))
  clock.advance(500)
  exchange.end()
  expect(outcome).toMatchObject({ acceptMs: 50, headMs: QUEUED_MS + 500, totalMs: QUEUED_MS + 1_000 })
})

it('gives a bridge its full time to accept a request that waited before', () => {
  clock.advance(ACK_TIMEOUT_MS - 1)
  expect(outcome).toBeUndefined()
  clock.advance(1)
  expect(outcome?.error).toBe('ACK_TIMEOUT')
})
