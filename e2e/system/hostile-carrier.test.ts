import { once } from 'node:events'
import { describe, expect } from 'vitest'
import { WebSocket } from 'ws'
import { ERRORS } from '../../src/shared/errors.ts'
import { FakeClock } from '../../src/tunnel/fake-clock.test-support.ts'
import {
  encodeAck,
  encodeFrame,
  encodeReset,
  encodeWindow,
  FRAME,
  HEADER_BYTES,
} from '../../src/tunnel/frame.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { HostileDevice, json } from '../support/hostile-device.ts'
import { heldMiB } from '../support/memory.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { pair, startTestRelay } from '../support/stack.ts'

const CODES = {
  protocol: ERRORS.PROTOCOL_ERROR.closeCode,
  tooLarge: ERRORS.FRAME_TOO_LARGE.closeCode,
  credential: ERRORS.CREDENTIAL_INVALID.closeCode,
  version: ERRORS.VERSION_UNSUPPORTED.closeCode,
}

let device: HostileDevice | undefined

const it = shared
  .extend('connected', FILE, ({ relay }) => async (): Promise<HostileDevice> => {
    return (device = await HostileDevice.connect(relay))
  })
  .extend('greeted', FILE, ({ relay }) => async (): Promise<HostileDevice> => {
    return (device = await HostileDevice.online(relay))
  })

it.afterEach(async ({ desk }) => {
  device?.destroy()
  device = undefined
  // The other owner's tunnel must still work after every attempt.
  const response = await fetch(`${desk.keyUrl}/api/version`)
  expect(response.status).toBe(200)
  await response.arrayBuffer()
})

/** A header that promises `length` bytes. */
function header(type: number, length: number, streamId: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt32BE(((type << 24) | length) >>> 0)
  bytes.writeUInt32BE(streamId, 4)
  return bytes
}

describe('a carrier without a valid credential', () => {
  const upgrade = (path: string, fields = ''): string =>
    `GET ${path} HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ctl.tunnel.v1\r\n${fields}\r\n`
  const none = 'e30.e30.c2ln'
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"owner"}').toString('base64url')}.`

  // Each waits until the relay gives up the connection.
  it.concurrent.for([
    ['nothing at all', upgrade('/ws/tunnel'), 'CREDENTIAL_INVALID'],
    ['an empty bearer', upgrade('/ws/tunnel', 'Authorization: Bearer\r\n'), 'CREDENTIAL_INVALID'],
    ['a made-up token', upgrade('/ws/tunnel', `Authorization: Bearer ${none}\r\n`), 'CREDENTIAL_INVALID'],
    [
      'an unsigned token',
      upgrade('/ws/tunnel', `Authorization: Bearer ${unsigned}\r\n`),
      'CREDENTIAL_INVALID',
    ],
    ['a made-up token in the query', upgrade(`/ws?token=${none}`), 'CREDENTIAL_INVALID'],
    ['a huge token', upgrade('/ws', `Authorization: Bearer ${'a'.repeat(20_000)}\r\n`), 'CREDENTIAL_INVALID'],
    ['another path', upgrade('/api/tags'), 'NOT_FOUND'],
    ['a path that is not a URL', upgrade('//'), 'NOT_FOUND'],
    ['another subprotocol', upgrade('/ws').replace('ctl.tunnel.v1', 'mqtt'), 'VERSION_UNSUPPORTED'],
  ] as const)('is refused with its reason and closed: %s', async ([_name, request, code], { relay }) => {
    const socket = await RawSocket.open(relay.port, true)
    socket.send(request)
    const answer = await socket.answer()
    expect(answer.status).toBe(ERRORS[code].status)
    expect(answer.headers['x-error-code']).toBe(code)
    expect(JSON.parse(answer.body)).toHaveProperty('error')
    // The client keeps its side open: the relay must not wait for it.
    await socket.abandoned()
  })

  it('is refused with an API key, which is for clients', async ({ relay, desk }) => {
    const socket = new WebSocket(`ws://127.0.0.1:${relay.port}/ws/tunnel`, ['ctl.tunnel.v1'], {
      headers: desk.authorization,
    })
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(401)
    socket.terminate()
  })
})

describe('a device that breaks the handshake', () => {
  const notHello: [string, (device: HostileDevice) => Buffer][] = [
    ['garbage', () => Buffer.from('\0\0\0\0garbage')],
    ['WELCOME', () => json(FRAME.WELCOME, { protocol: 1 })],
    ['ANNOUNCE', (it) => it.announcement()],
    ['ACK', () => encodeAck(0)],
    ['PING', () => encodeFrame(FRAME.PING, 0, Buffer.alloc(8))],
    ['OPEN', () => encodeFrame(FRAME.OPEN, 1)],
    ['HELLO that is not JSON', () => encodeFrame(FRAME.HELLO, 0, Buffer.from('{"protocols":[1'))],
    ['HELLO that is null', () => encodeFrame(FRAME.HELLO, 0, Buffer.from('null'))],
    ['HELLO that is a list', () => encodeFrame(FRAME.HELLO, 0, Buffer.from('[]'))],
    ['HELLO nested to its limit', () => encodeFrame(FRAME.HELLO, 0, Buffer.from('['.repeat(16_384)))],
    ['HELLO on a stream', (it) => Buffer.concat([header(FRAME.HELLO, 2, 7), it.hello()])],
    ['HELLO without protocols', (it) => it.hello({ protocols: undefined })],
    ['HELLO with a long name', (it) => it.hello({ deviceName: 'n'.repeat(2000) })],
    ['HELLO with a half resume point', (it) => it.hello({ resume: { sessionId: 'x' } })],
    [
      'HELLO with a negative count',
      (it) => it.hello({ resume: { sessionId: '', ticket: '', receivedBytes: -1 } }),
    ],
    ['HELLO above its limit', () => header(FRAME.HELLO, 16_385, 0)],
  ]
  it.for(notHello)('is disconnected with 4400: %s', async ([_name, bytes], { connected }) => {
    const hostile = await connected()
    hostile.send(bytes(hostile))
    expect((await hostile.closed).code).toBe(CODES.protocol)
  })

  it('gets an error if no version matches', async ({ connected }) => {
    const hostile = await connected()
    hostile.send(hostile.hello({ protocols: [2, 99] }))
    expect((await hostile.closed).code).toBe(CODES.version)
  })

  it('cannot obtain another session with its id and a guessed ticket', async ({ connected, relay, desk }) => {
    const hostile = await connected()
    const mine = relay.tunnels.tunnelsOf(desk.ownerId)[0]!
    const resume = { sessionId: mine.id, ticket: mine.ticket, receivedBytes: 0 }
    hostile.send(hostile.hello({ resume, deviceId: mine.credential.deviceId }))
    const { payload } = await hostile.frame(FRAME.WELCOME)
    const welcome = JSON.parse(payload.toString())
    expect(welcome).toMatchObject({ resumed: false, receivedBytes: 0 })
    expect(welcome.sessionId).not.toBe(mine.id)
  })

  it('is closed with 4408 if its handshake is missing or incomplete', async () => {
    const clock = new FakeClock()
    const relay = await startTestRelay({}, { clock })
    try {
      const identity = await pair(relay, 'mallory')
      const silent = await HostileDevice.connect(relay, { identity })
      const dribbling = await HostileDevice.connect(relay, { identity })
      dribbling.send(dribbling.hello().subarray(0, 20))
      clock.advance(10_000)
      expect((await silent.closed).code).toBe(ERRORS.HELLO_TIMEOUT.closeCode)
      expect((await dribbling.closed).code).toBe(ERRORS.HELLO_TIMEOUT.closeCode)
    } finally {
      await relay.close()
    }
  })
})

describe('a device that breaks the protocol on a live tunnel', () => {
  const violations: [string, number, (device: HostileDevice) => Buffer][] = [
    ['a frame of an unknown type', CODES.protocol, () => encodeFrame(0x0f, 0)],
    ['a sequenced frame of an unknown type', CODES.protocol, () => encodeFrame(0x1f, 1)],
    ['a second HELLO', CODES.protocol, (it) => it.hello()],
    ['a WELCOME', CODES.protocol, () => json(FRAME.WELCOME, { protocol: 1 })],
    ['an ACK of what was never sent', CODES.protocol, () => encodeAck(1_000_000)],
    ['an ACK beyond all numbers', CODES.protocol, () => encodeFrame(FRAME.ACK, 0, Buffer.alloc(8, 0xff))],
    ['an OPEN', CODES.protocol, () => json(FRAME.OPEN, {}, 1)],
    ['an OPEN far ahead', CODES.protocol, () => json(FRAME.OPEN, {}, 2 ** 32 - 1)],
    ['DATA of a stream that never was', CODES.protocol, () => encodeFrame(FRAME.DATA, 77, Buffer.alloc(1))],
    ['WINDOW of a stream that never was', CODES.protocol, () => encodeWindow(77, 2 ** 31)],
    ['RESET of a stream that never was', CODES.protocol, () => encodeReset(77, 0, '')],
    ['DATA without a stream', CODES.protocol, () => encodeFrame(FRAME.DATA, 0, Buffer.alloc(1))],
    ['empty DATA', CODES.protocol, () => encodeFrame(FRAME.DATA, 1)],
    ['END with a body', CODES.protocol, () => encodeFrame(FRAME.END, 1, Buffer.alloc(1))],
    ['RESET with a long reason', CODES.protocol, () => header(FRAME.RESET, 259, 1)],
    ['a message above its limit', CODES.protocol, () => header(FRAME.MESSAGE, 65_537, 1)],
    ['a frame above all limits', CODES.tooLarge, () => header(FRAME.DATA, 0xffffff, 1)],
    ['a skippable frame above all limits', CODES.tooLarge, () => header(0x8f, 0xffffff, 1)],
    ['an announcement above its limit', CODES.tooLarge, () => header(FRAME.ANNOUNCE, 1_048_577, 0)],
    [
      'an announcement that is not JSON',
      CODES.protocol,
      () => encodeFrame(FRAME.ANNOUNCE, 0, Buffer.from('{"a')),
    ],
    ['an announcement of nothing', CODES.protocol, () => json(FRAME.ANNOUNCE, {})],
    ['an announcement of objects', CODES.protocol, (it) => it.announcement({ models: [{}] })],
    ['too many models', CODES.protocol, (it) => it.announcement({ models: Array(2_001).fill('m') })],
    ['a JSON bomb', CODES.protocol, () => encodeFrame(FRAME.ANNOUNCE, 0, Buffer.alloc(1_000_000, '['))],
    ['AUTH with nonsense', CODES.credential, () => encodeFrame(FRAME.AUTH, 0, Buffer.from('nonsense'))],
  ]
  it.for(violations)('is disconnected with its code: %s', async ([_name, code, bytes], { greeted }) => {
    const hostile = await greeted()
    hostile.send(bytes(hostile))
    expect((await hostile.closed).code).toBe(code)
  })

  it('is disconnected with its code: AUTH with another owner’s token', async ({ greeted, desk }) => {
    const hostile = await greeted()
    hostile.send(encodeFrame(FRAME.AUTH, 0, Buffer.from(desk.token)))
    expect((await hostile.closed).code).toBe(CODES.credential)
  })

  it('is disconnected if it sends a token of another device of its owner', async ({ greeted, relay }) => {
    const hostile = await greeted()
    const { credential } = await pair(relay, 'mallory')
    hostile.send(encodeFrame(FRAME.AUTH, 0, Buffer.from(credential)))
    expect((await hostile.closed).code).toBe(CODES.credential)
  })

  it('may send skippable unknown frames, on any stream', async ({ greeted }) => {
    const hostile = await greeted()
    hostile.send(
      encodeFrame(0x8f, 0, Buffer.alloc(10)),
      encodeFrame(0x9f, 0),
      encodeFrame(0x9f, 4711, Buffer.alloc(9)),
    )
    hostile.send(encodeFrame(FRAME.PING, 0, Buffer.from('12345678')))
    expect((await hostile.frame(FRAME.PONG)).payload.toString()).toBe('12345678')
  })
})

describe('a device that violates the WebSocket protocol', () => {
  const raw = (hostile: HostileDevice, bytes: number[]): boolean =>
    (hostile.webSocket as unknown as { _socket: { write(bytes: Buffer): boolean } })._socket.write(
      Buffer.from(bytes),
    )
  const attacks: [string, number, (device: HostileDevice) => unknown][] = [
    ['text', 1003, ({ webSocket }) => webSocket.send('hello')],
    ['a frame that is not masked', 1002, (it) => raw(it, [0x82, 0x01, 0x00])],
    ['a compressed frame', 1002, (it) => raw(it, [0xc2, 0x81, 0, 0, 0, 0, 0])],
    ['an unknown opcode', 1002, (it) => raw(it, [0x83, 0x80, 0, 0, 0, 0])],
    ['a continuation of nothing', 1002, (it) => raw(it, [0x80, 0x80, 0, 0, 0, 0])],
    ['a length of 2^63', 1009, (it) => raw(it, [0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255])],
    ['a message of 3 MiB', 1009, ({ webSocket }) => webSocket.send(Buffer.alloc(3 * 2 ** 20))],
    [
      'fragments without end',
      1008,
      ({ webSocket }) => {
        for (let i = 0; i < 20_000; i++) webSocket.send(Buffer.alloc(1), { fin: false, binary: true })
      },
    ],
  ]
  it.for(attacks)('is disconnected: %s', async ([_name, code, attack], { greeted }) => {
    const hostile = await greeted()
    attack(hostile)
    expect((await hostile.closed).code).toBe(code)
  })

  it('gets no compression, whatever it offers', async ({ relay }) => {
    device = await HostileDevice.connect(relay, { socket: { perMessageDeflate: true } })
    expect(device.webSocket.extensions).toBe('')
  })

  it('gets our subprotocol, whatever it prefers', async ({ relay }) => {
    device = await HostileDevice.connect(relay, { protocols: ['mqtt', 'ctl.tunnel.v1'] })
    expect(device.webSocket.protocol).toBe('ctl.tunnel.v1')
  })

  it('may split one message into 10,000 fragments', async ({ greeted }) => {
    const hostile = await greeted()
    const bytes = hostile.announcement({ models: Array(20).fill('m'.repeat(492)) })
    for (let at = 0; at < 10_000; at++)
      hostile.webSocket.send(bytes.subarray(at, at + 1), { fin: false, binary: true })
    hostile.webSocket.send(
      Buffer.concat([bytes.subarray(10_000), encodeFrame(FRAME.PING, 0, Buffer.alloc(8))]),
      { fin: true },
    )
    await hostile.frame(FRAME.PONG)
  })
})

describe('a device that floods', () => {
  it('causes no memory growth with pings whose answers it never reads', async ({ greeted, desk }) => {
    const hostile = await greeted()
    const before = await heldMiB()
    hostile.webSocket.pause()
    for (let round = 0; round < 100 && hostile.webSocket.readyState === WebSocket.OPEN; round++) {
      const ping = encodeFrame(FRAME.PING, 0, Buffer.alloc(8))
      for (let i = 0; i < 500; i++) hostile.webSocket.ping(Buffer.alloc(125))
      await new Promise((sent) => hostile.webSocket.send(Buffer.concat(Array(5_000).fill(ping)), sent))
    }
    await fetch(`${desk.keyUrl}/api/version`)
    expect((await heldMiB()) - before).toBeLessThan(20)
  })

  it('causes little memory growth with a frame sent byte by byte', async ({ greeted, desk }) => {
    const hostile = await greeted()
    const before = await heldMiB()
    hostile.send(header(FRAME.ANNOUNCE, 1_000_000, 0))
    const bytes = Buffer.alloc(1, ' ')
    for (let i = 0; i < 300_000; i++) hostile.webSocket.send(bytes)
    await new Promise((sent) => hostile.webSocket.send(bytes, sent))
    await fetch(`${desk.keyUrl}/api/version`)
    expect((await heldMiB()) - before).toBeLessThan(10)
  })

  it('causes no memory growth with announcements, resets and windows', async ({ greeted }) => {
    const hostile = await greeted()
    const before = await heldMiB()
    const announcement = hostile.announcement({ models: Array(2_000).fill('m'.repeat(450)) })
    for (let i = 0; i < 50; i++) hostile.send(announcement)
    hostile.send(hostile.announcement())
    hostile.send(encodeFrame(FRAME.PING, 0, Buffer.alloc(8)))
    await hostile.frame(FRAME.PONG)
    expect((await heldMiB()) - before).toBeLessThan(10)
  })
})

describe('many carriers of one device', () => {
  it('leave one tunnel, on the last of them', async ({ relay }) => {
    const identity = await pair(relay, 'a crowd')
    const devices = await Promise.all(
      Array.from({ length: 50 }, () => HostileDevice.connect(relay, { identity })),
    )
    for (const hostile of devices) {
      hostile.send(hostile.hello())
      await hostile.frame(FRAME.WELCOME)
    }
    const last = devices.at(-1)!
    for (const hostile of devices.slice(0, -1))
      expect((await hostile.closed).code).toBe(ERRORS.REPLACED.closeCode)
    expect(relay.tunnels.tunnelsOf(identity.ownerId)).toHaveLength(1)
    last.destroy()
  })
})
