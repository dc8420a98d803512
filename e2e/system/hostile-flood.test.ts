import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import { ERRORS } from '../../src/shared/errors.ts'
import { encodeFrame, FRAME } from '../../src/tunnel/frame.ts'
import { HostileDevice, json } from '../support/hostile-device.ts'
import { heldMiB } from '../support/memory.ts'
import { PATIENCE_MS } from '../support/patience.ts'
import { RawSocket, sendRaw } from '../support/raw-socket.ts'
import { SeparateProcess } from '../support/separate-process.ts'
import { startTestRelay } from '../support/stack.ts'

const HEADERS_TIMEOUT_MS = 500
/**
 * The timeout for headers unless it is set. It takes less: Node looks for overdue headers once a second, and a refused client
 * has two more to read why.
 */
const LIMIT_MS = 10_000

function maxOpenFiles(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return limit === 'unlimited' ? Infinity : Number(limit)
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timeout))
}

describe.concurrent('a slow client', () => {
  let relay: Relay
  beforeAll(async () => {
    relay = await startTestRelay({ headersTimeoutMs: HEADERS_TIMEOUT_MS })
  })
  afterAll(() => relay.close())

  it.each([
    ['sends nothing', ''],
    ['sends half a line', 'GET /api/ta'],
    ['sends half its headers', 'GET /api/tags HTTP/1.1\r\nHost: relay\r\nX-'],
  ])('is answered 408 and disconnected if it %s', async (_name, bytes) => {
    const socket = await RawSocket.open(relay.port, true)
    socket.send(bytes)
    const answer = await within(LIMIT_MS, socket.answer())
    expect(answer.status).toBe(ERRORS.REQUEST_TIMEOUT.status)
    expect(JSON.parse(answer.body)).toHaveProperty('error')
    await within(LIMIT_MS, socket.abandoned())
  })

  it('is answered 408 and disconnected if its headers arrive byte by byte', async () => {
    const socket = await RawSocket.open(relay.port)
    const bytes = `GET /api/tags HTTP/1.1\r\nHost: relay\r\nX: ${'x'.repeat(10_000)}`
    let at = 0
    const drip = setInterval(() => socket.send(bytes.charAt(at++)), 20)
    const answer = await within(LIMIT_MS, socket.answer())
    expect(answer.status).toBe(ERRORS.REQUEST_TIMEOUT.status)
    expect(at).toBeLessThan(bytes.length)
    await within(LIMIT_MS, socket.closed)
    clearInterval(drip)
  })

  it.each([
    ['a request that is refused', 'POST /api/chat', 401],
    ['a path that does not exist', 'POST /nothing', 404],
    ['a request for the relay itself', 'GET /health', 200],
  ])('is disconnected if it sends the body of %s byte by byte', async (_name, request, status) => {
    const socket = await RawSocket.open(relay.port)
    socket.send(`${request} HTTP/1.1\r\nHost: relay\r\nContent-Length: 1000000\r\n\r\n`)
    const drip = setInterval(() => socket.send('x'), 20)
    expect((await socket.answer()).status).toBe(status)
    await within(LIMIT_MS, socket.closed)
    clearInterval(drip)
  })

  it('is disconnected if it sends a pairing code byte by byte', async () => {
    const socket = await RawSocket.open(relay.port)
    socket.send(
      'POST /api/pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n',
    )
    const drip = setInterval(() => socket.send(' '), 20)
    await within(LIMIT_MS, socket.closed)
    clearInterval(drip)
  })

  it('gets an error for a pairing code that is too large', async () => {
    const fields = 'Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n'
    const answer = await sendRaw(relay.port, `POST /api/pair HTTP/1.1\r\n${fields}\r\n${' '.repeat(100_000)}`)
    expect(answer.status).toBe(ERRORS.BODY_TOO_LARGE.status)
  })

  it('is disconnected after twice the idle timeout if it never reads its answer', async () => {
    const impatient = await startTestRelay({ idleTimeoutMs: 300 })
    const device = await HostileDevice.online(impatient)
    device.onFrame = ({ type, streamId }) => {
      if (type !== FRAME.OPEN) return
      device.send(json(FRAME.MESSAGE, { type: 'head', status: 200, headers: [] }, streamId))
      for (let i = 0; i < 200; i++) device.send(encodeFrame(FRAME.DATA, streamId, Buffer.alloc(1000)))
    }
    const socket = await RawSocket.open(impatient.port)
    socket.pause()
    const request = `GET /api/tags HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${device.key}\r\n\r\n`
    socket.send(request)
    await within(LIMIT_MS, socket.abandoned())
    device.destroy()
    await impatient.close()
  })

  it('gets an answer to 10 MB of headers', async () => {
    const socket = await RawSocket.open(relay.port)
    socket.send(`GET /api/tags HTTP/1.1\r\nHost: relay\r\n${'X: y\r\n'.repeat(1_700_000)}\r\n`)
    expect((await socket.answer()).status).toBe(ERRORS.HEADERS_TOO_LARGE.status)
    await within(LIMIT_MS, socket.closed)
  })
})

describe('more connections than allowed', () => {
  it('are refused with 503 and Retry-After, and accepted again once there is room', async () => {
    const relay = await startTestRelay({ maxConnections: 20 })
    const idle = await Promise.all(Array.from({ length: 20 }, () => RawSocket.open(relay.port)))
    const health = 'GET /health HTTP/1.1\r\nHost: relay\r\n\r\n'
    for (let i = 0; i < 20; i++) {
      const answer = await sendRaw(relay.port, health)
      expect(answer.status).toBe(ERRORS.TOO_MANY_CONNECTIONS.status)
      expect(answer.headers).toMatchObject({ 'retry-after': '5', 'x-error-code': 'TOO_MANY_CONNECTIONS' })
    }
    const stubborn = await RawSocket.open(relay.port, true)
    await stubborn.abandoned()
    idle[0]!.send(health)
    expect((await idle[0]!.answer()).status).toBe(200)
    idle[0]!.destroy()
    await expect.poll(async () => (await sendRaw(relay.port, health)).status).toBe(200)
    for (const socket of idle) socket.destroy()
    await relay.close()
  })
})

describe('half-open connections, as many as this machine allows up to 10,000', () => {
  it('leave the relay running, responsive, and no larger afterwards', async () => {
    const count = Math.min(10_000, maxOpenFiles() - 500)
    const relay = new SeparateProcess('./hostile-relay.ts')
    const { port, key } = await relay.lines.json<{ port: number; key: string }>()
    const request = `GET /api/version HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${key}\r\n\r\n`
    const expectAnswer = async (): Promise<void> => expect((await sendRaw(port, request)).status).toBe(200)
    await expectAnswer()
    const before = await relay.heldBytes()
    const sockets: RawSocket[] = []
    while (sockets.length < count) {
      const opened = await Promise.all(Array.from({ length: 100 }, () => RawSocket.open(port)))
      for (const socket of opened) socket.send('GET /api/ta')
      sockets.push(...opened)
    }
    await expectAnswer()
    // Ten seconds for headers, and a moment to read why there was no answer.
    await within(2 * PATIENCE_MS, Promise.all(sockets.map(({ closed }) => closed)))
    await expectAnswer()
    expect((await relay.heldBytes()) - before).toBeLessThan(10 * 2 ** 20)
    await relay.close()
  })
})

describe('many requests at once', () => {
  it('pipelined on one connection are cut off before they delay others', async () => {
    const relay = await startTestRelay()
    const socket = await RawSocket.open(relay.port)
    socket.send('GET / HTTP/1.1\r\nHost: relay\r\n\r\n'.repeat(5_000))
    await within(LIMIT_MS, socket.closed)
    expect((await socket.rest()).split('HTTP/1.1 200').length).toBeLessThan(1_000)
    await relay.close()
  })

  it('without a credential use no memory', async () => {
    const relay = await startTestRelay()
    const request = (i: number): string =>
      `GET /v1/models HTTP/1.1\r\nHost: relay\r\nX-Api-Key: ctl_${i}\r\n\r\n`
    const before = await heldMiB()
    for (let round = 0; round < 20; round++) {
      const socket = await RawSocket.open(relay.port)
      socket.send(Array.from({ length: 500 }, (_, i) => request(i)).join(''))
      for (let i = 0; i < 500; i++) expect((await socket.answer()).status).toBe(401)
      socket.destroy()
    }
    expect((await heldMiB()) - before).toBeLessThan(10)
    await relay.close()
  })
})
