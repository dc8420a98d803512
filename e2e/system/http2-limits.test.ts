import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type ClientHttp2Session, constants } from 'node:http2'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import { CERTIFICATES } from '../support/certificates.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { connectHttp2, Http2Call } from '../support/http2-client.ts'

const { cert, key } = CERTIFICATES.first
const HEADERS_TIMEOUT_MS = 1_000

const it = shared.extend('relayFlags', FILE, async ({ dataDir }) => {
  const [tlsCertFile, tlsKeyFile] = [join(dataDir, 'cert.pem'), join(dataDir, 'key.pem')]
  await Promise.all([writeFile(tlsCertFile, cert), writeFile(tlsKeyFile, key)])
  return { tlsCertFile, tlsKeyFile, headersTimeoutMs: HEADERS_TIMEOUT_MS }
})

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const TYPE = { HEADERS: 1, SETTINGS: 4, CONTINUATION: 9 } as const
const FLAG = { END_STREAM: 1, END_HEADERS: 4 } as const
/** GET, https, / and a host, as HPACK has them. */
const BLOCK = Buffer.from([0x82, 0x87, 0x84, 0x41, 0x01, 0x78])

function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

const GREETING = Buffer.concat([Buffer.from(PREFACE), frame(TYPE.SETTINGS, 0, 0, Buffer.alloc(0))])
const whole = (id: number): Buffer => frame(TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, id, BLOCK)
const unfinished = (id: number): Buffer => frame(TYPE.HEADERS, FLAG.END_STREAM, id, BLOCK.subarray(0, 3))

async function open({ port }: Relay): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: cert, ALPNProtocols: ['h2'] })
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'secureConnect')
  return socket
}

describe('a connection of HTTP/2 ends with the deadline for header fields', () => {
  it.for<[string, Buffer[]]>([
    ['nothing', []],
    ['half a handshake', [Buffer.from(PREFACE).subarray(0, 10)]],
    ['a header block without an end', [GREETING, unfinished(1)]],
    ['half a frame of header fields', [GREETING, frame(TYPE.HEADERS, 5, 1, BLOCK.subarray(0, 3), 100)]],
    ['a second header block without an end', [GREETING, whole(1), unfinished(3)]],
  ])('after %s', async ([, bytes], { relay }) => {
    const startedAt = performance.now()
    const socket = await open(relay)
    for (const each of bytes) socket.write(each)
    await once(socket, 'close')
    expect(performance.now() - startedAt).toBeGreaterThan(HEADERS_TIMEOUT_MS / 2)
  })

  it('after a header block that continues byte by byte', async ({ relay }) => {
    const socket = await open(relay)
    socket.write(Buffer.concat([GREETING, unfinished(1)]))
    const closed = once(socket, 'close')
    const dribble = setInterval(
      () => socket.write(frame(TYPE.CONTINUATION, 0, 1, Buffer.from([0x00]), 1)),
      100,
    )
    await closed
    clearInterval(dribble)
  })
})

describe('a client of HTTP/2 that resets its requests', () => {
  /** Resets requests that wait for their bodies, behind their header fields: what is reset in the same tick is not sent at all. */
  async function cancelled(session: ClientHttp2Session, count: number): Promise<void> {
    const head = { ':method': 'POST', ':path': '/api/pair' }
    const streams = Array.from({ length: count }, () => session.request(head, { endStream: false }))
    for (const stream of streams) stream.on('error', () => {})
    await setImmediate()
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL)
  }

  it('keeps its connection at a hundred a second, after nearly a thousand at once', async ({ relay }) => {
    const session = await connectHttp2(relay.url, cert)
    for (let sent = 0; sent < 900; sent += 10) await cancelled(session, 10)
    const startedAt = performance.now()
    // With Node's own limits it would be closed after a second or two.
    for (let sent = 0; sent < 400; sent += 10) {
      await cancelled(session, 10)
      const aheadMs = sent * 10 - (performance.now() - startedAt)
      if (aheadMs > 0) await setTimeout(aheadMs)
    }
    expect(await new Http2Call(session, '/health').whole()).toContain('"ok"')
    session.destroy()
  })

  it('loses its connection at thousands', async ({ relay }) => {
    const session = await connectHttp2(relay.url, cert)
    const closed = new Promise<void>((resolve) => session.once('close', resolve))
    for (let sent = 0; sent < 10_000 && !session.destroyed && !session.closed; sent += 100) {
      await cancelled(session, 100)
      await setImmediate()
    }
    await closed
  })
})
