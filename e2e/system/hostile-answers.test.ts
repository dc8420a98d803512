import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ERRORS } from '../../src/shared/errors.ts'
import { encodeFrame, encodeReset, encodeWindow, FRAME, HEADER_BYTES } from '../../src/tunnel/frame.ts'
import { RESET_CODES } from '../../src/tunnel/stream.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { HostileDevice, json } from '../support/hostile-device.ts'
import { heldMiB } from '../support/memory.ts'
import { RawSocket, type RawAnswer } from '../support/raw-socket.ts'
import { startStack, type Stack } from '../support/stack.ts'
import { digestOf } from '../../src/tunnel/digest.ts'

let fake: FakeUpstream
let stack: Stack
let device: HostileDevice
let answers: (streamId: number) => Buffer[]

beforeAll(async () => {
  fake = await FakeUpstream.start()
  stack = await startStack(fake.origin)
  device = await HostileDevice.online(stack.relay)
  device.onFrame = ({ type, streamId }) => {
    if (type === FRAME.OPEN) for (const frame of answers(streamId)) device.send(frame)
  }
})
afterAll(async () => {
  device.destroy()
  await stack.close()
  await fake.close()
})

const head = (status: unknown, headers: unknown, id: number): Buffer =>
  json(FRAME.MESSAGE, { type: 'head', status, headers }, id)
const message = (text: string, id: number): Buffer => encodeFrame(FRAME.MESSAGE, id, Buffer.from(text))
const data = (text: string, id: number): Buffer => encodeFrame(FRAME.DATA, id, Buffer.from(text))
const end = (id: number): Buffer => encodeFrame(FRAME.END, id)

async function ask(request = 'GET /api/tags', fields = '', body = ''): Promise<RawSocket> {
  const socket = await RawSocket.open(stack.relay.port)
  const authorization = `Authorization: Bearer ${device.key}\r\n`
  socket.send(`${request} HTTP/1.1\r\nHost: relay\r\n${authorization}${fields}\r\n${body}`)
  return socket
}

/** The relay still works, and is in sync with this client. */
async function expectAlive(socket: RawSocket): Promise<void> {
  socket.send('GET /health HTTP/1.1\r\nHost: relay\r\n\r\n')
  expect(await socket.answer()).toMatchObject({ status: 200, body: expect.stringContaining('"ok"') })
  socket.destroy()
}

function expectError(answer: RawAnswer, status: number): void {
  expect(answer.status).toBe(status)
  expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String) })
}

describe('an unparsable answer', () => {
  const ok = (headers: unknown) => (id: number) => [head(200, headers, id), data('x', id), end(id)]
  const unreadable: [string, (id: number) => Buffer[]][] = [
    ['not JSON', (id) => [message('{', id)]],
    ['not UTF-8', (id) => [encodeFrame(FRAME.MESSAGE, id, Buffer.from([0x22, 0xff, 0x22]))]],
    ['empty', (id) => [message('', id)]],
    ['null', (id) => [message('null', id)]],
    ['a list', (id) => [message('[]', id)]],
    ['of no type', (id) => [message('{}', id)]],
    ['of an unknown type', (id) => [message('{"type":"trailer"}', id)]],
    ['of an unknown shape', (id) => [message('{"type":"shape","shape":"xml"}', id)]],
    ...[0, 99, 100, 101, 199, 600, 999, 1000, -200, 200.5, '200', null].map(
      (status): [string, (id: number) => Buffer[]] => [
        `status ${status}`,
        (id) => [head(status, [], id), end(id)],
      ],
    ),
    ['headers that are an object', ok({ a: 'b' })],
    ['a header without a value', ok(['a'])],
    ['a header value that is a number', ok(['a', 1])],
    ['CR LF in a value', ok(['x-a', 'b\r\nset-cookie: c=d'])],
    ['LF in a value', ok(['x-a', 'b\nx: y'])],
    ['NUL in a value', ok(['x-a', 'b\0'])],
    ['a value outside latin1', ok(['x-a', '\u{1f600}'])],
    ['CR LF in a name', ok(['x-a\r\nx-b', 'c'])],
    ['a space in a name', ok(['x a', 'b'])],
    ['a colon in a name', ok(['x:', 'b'])],
    ['an empty name', ok(['', 'b'])],
    ['two lengths', ok(['content-length', '1', 'Content-Length', '1'])],
    ['a list of lengths', ok(['content-length', '1, 1'])],
    ['a negative length', ok(['content-length', '-1'])],
    ['a length in hex', ok(['content-length', '0x1'])],
    ['a body before its head', (id) => [data('x', id), head(200, [], id), end(id)]],
    ['no head at all', (id) => [end(id)]],
    ['too much credit', (id) => [encodeWindow(id, 2 ** 32 - 1)]],
    ['credit of nothing', (id) => [encodeWindow(id, 0)]],
    ['a reset', (id) => [encodeReset(id, RESET_CODES.UPSTREAM_FAILED, 'a\r\nb: c')]],
  ]
  it.each(unreadable)('becomes 502: %s', async (_name, bytes) => {
    answers = bytes
    const socket = await ask()
    expectError(await socket.answer(), 502)
    await expectAlive(socket)
    expect(stack.relay.tunnels.tunnelsOf(device.identity.ownerId)[0]?.streamCount).toBe(0)
  })

  it('becomes 500 with a reset code that does not exist', async () => {
    answers = (id) => [encodeReset(id, 4711, '')]
    expectError(await (await ask()).answer(), ERRORS.INTERNAL.status)
  })
})

describe('an answer that could make a proxy parse a body as the next answer', () => {
  const smuggled = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHACKED'

  it('is cut off if it is longer than its declared length', async () => {
    answers = (id) => [head(200, ['content-length', '2'], id), data(`ok${smuggled}`, id), end(id)]
    expect(await (await ask()).rest()).not.toContain('HACKED')
  })

  it('ends at its declared length, whatever follows', async () => {
    answers = (id) => [head(200, ['content-length', '2'], id), data('ok', id), data(smuggled, id), end(id)]
    const socket = await ask()
    expect((await socket.answer()).body).toBe('ok')
    await expectAlive(socket)
  })

  it('is cut off if it is shorter than its declared length', async () => {
    answers = (id) => [head(200, ['content-length', '100'], id), data('short', id), end(id)]
    expect(await (await ask()).rest()).toMatch(/\r\n\r\nshort$/)
  })

  it.each([
    ['transfer-encoding', 'identity'],
    ['Transfer-Encoding', 'gzip'],
    ['transfer-encoding', 'chunked'],
    ['connection', 'keep-alive, content-length'],
    ['connection', 'close'],
    ['upgrade', 'websocket'],
    ['trailer', 'content-length'],
    ['keep-alive', 'timeout=1'],
    ['proxy-authenticate', 'Basic'],
  ])('is framed by the relay alone: %s: %s', async (name, value) => {
    answers = (id) => [head(200, [name, value], id), data(smuggled, id), end(id)]
    const socket = await ask()
    const answer = await socket.answer()
    expect(answer.body).toBe(smuggled)
    expect(answer.headers).toMatchObject({ 'transfer-encoding': 'chunked', connection: 'keep-alive' })
    for (const gone of ['upgrade', 'trailer', 'proxy-authenticate'])
      expect(answer.headers).not.toHaveProperty(gone)
    await expectAlive(socket)
  })

  it.each([204, 304])('has no body with status %i', async (status) => {
    answers = (id) => [head(status, ['content-length', '3'], id), data(smuggled, id), end(id)]
    const socket = await RawSocket.open(stack.relay.port)
    const request = `GET /api/tags HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${device.key}\r\nConnection: close\r\n\r\n`
    socket.send(request)
    expect(await socket.rest()).not.toContain('HACKED')
  })

  it('has no body for HEAD', async () => {
    answers = (id) => [head(200, [], id), data(smuggled, id), end(id)]
    const socket = await RawSocket.open(stack.relay.port)
    socket.send(
      `HEAD /api/tags HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${device.key}\r\nConnection: close\r\n\r\n`,
    )
    expect(await socket.rest()).not.toContain('HACKED')
  })

  it('gets neither a second head nor a 100 Continue in its body', async () => {
    answers = (id) => [
      head(200, [], id),
      data('a', id),
      message('{"type":"accept"}', id),
      head(500, ['x-b', 'c'], id),
      message('{"type":"shape","shape":"sse"}', id),
      data('b', id),
      end(id),
    ]
    const socket = await RawSocket.open(stack.relay.port)
    socket.send(
      `POST /api/chat HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${device.key}\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    )
    expect(await socket.answer()).toMatchObject({ status: 200, body: 'ab' })
    socket.destroy()
  })
})

describe('an answer with headers that affect the relay’s whole origin', () => {
  const ofOrigin = {
    'set-cookie': 'a=b; Domain=relay.example',
    'service-worker-allowed': '/',
    'clear-site-data': '"*"',
    'strict-transport-security': 'max-age=1',
    refresh: '0; url=https://evil.example',
    location: 'https://evil.example/',
    'alt-svc': 'h3="evil.example:443"',
    nel: '{}',
    'report-to': '{}',
    link: '</x>; rel=preload',
    'x-ctl-hop': 'OFFLINE',
    'access-control-allow-credentials': 'true',
    'www-authenticate': 'Basic realm="relay"',
    'x-devices': '9/9',
  }
  const isSandboxed = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/),
  }
  const script = '<script>alert(1)</script>'

  it.each([200, 302, 401, 404, 500])('loses such fields, with status %i', async (status) => {
    answers = (id) => [head(status, Object.entries(ofOrigin).flat(), id), data('x', id), end(id)]
    const { headers } = await (await ask('GET /api/version')).answer()
    for (const name of Object.keys(ofOrigin)) expect(headers).not.toHaveProperty(name)
    expect(headers).toMatchObject(isSandboxed)
  })

  it.each(['text/html', 'image/svg+xml', 'text/javascript', 'text/plain, text/html'])(
    'becomes a download if a browser would render or run it: %s',
    async (type) => {
      answers = (id) => [head(200, ['content-type', type], id), data(script, id), end(id)]
      const { headers, body } = await (await ask('GET /api/version')).answer()
      expect(headers).toMatchObject({
        ...isSandboxed,
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
      })
      expect(body).toBe(script)
    },
  )

  it('is sandboxed if several devices refuse a list request', async () => {
    const owner = 'two hostile devices'
    const devices = [
      await HostileDevice.online(stack.relay, { owner }),
      await HostileDevice.online(stack.relay, { owner }),
    ]
    for (const each of devices) {
      each.onFrame = ({ type, streamId: id }) => {
        if (type !== FRAME.OPEN) return
        each.send(head(404, ['content-type', 'text/html', ...Object.entries(ofOrigin).flat()], id))
        each.send(data(script, id), end(id))
      }
      each.send(each.announcement({ keyDigests: devices.map(({ key }) => digestOf(key)) }))
      each.send(encodeFrame(FRAME.PING, 0, Buffer.alloc(8)))
      await each.frame(FRAME.PONG)
    }
    const response = await fetch(`${stack.relay.url}/api/tags`, { headers: devices[0]?.authorization ?? {} })
    expect(response.status).toBe(404)
    const headers = Object.fromEntries(response.headers)
    expect(headers).toMatchObject({
      ...isSandboxed,
      'content-type': 'application/octet-stream',
      'x-devices': '0/2',
    })
    expect(headers).not.toHaveProperty('set-cookie')
    for (const each of devices) each.destroy()
  })
})

describe('an excessive answer', () => {
  it('is cut off if it ignores its credit', async () => {
    const asked = Promise.withResolvers<number>()
    answers = (id) => {
      asked.resolve(id)
      return [head(200, [], id), ...Array.from({ length: 60 }, () => data('x'.repeat(1_000_000), id))]
    }
    const socket = await ask()
    socket.pause()
    const { payload } = await device.frame(FRAME.RESET, await asked.promise)
    expect(payload.readUInt16BE()).toBe(RESET_CODES.FLOW_ERROR)
    socket.destroy()
  })

  it('may have a head as large as a message, and not larger', async () => {
    const values = ['a', 'b', 'c'].map((letter) => letter.repeat(20_000))
    const fields = values.flatMap((value) => ['openai-x', value])
    answers = (id) => [head(200, fields, id), data('x', id), end(id)]
    expect((await (await ask()).answer()).headers['openai-x']).toBe(values.join(', '))
    const other = await HostileDevice.online(stack.relay, { owner: 'mallory’s brother' })
    const tenMb = Buffer.alloc(HEADER_BYTES)
    tenMb.writeUInt32BE(((FRAME.MESSAGE << 24) | 10_000_000) >>> 0)
    tenMb.writeUInt32BE(1, 4)
    other.send(tenMb)
    expect((await other.closed).code).toBe(ERRORS.FRAME_TOO_LARGE.closeCode)
  })

  it('arrives completely if sent byte by byte to a slow client', async () => {
    const asked = Promise.withResolvers<number>()
    answers = (id) => {
      asked.resolve(id)
      return [head(200, [], id)]
    }
    const socket = await ask()
    socket.pause()
    const bytes = Buffer.concat(Array<Buffer>(5_000).fill(data('x', await asked.promise)))
    for (let i = 0; i < 50; i++) device.send(bytes)
    device.send(end(await asked.promise))
    expect((await socket.answer()).body).toHaveLength(250_000)
    socket.destroy()
  })

  it('uses no memory with endless messages', async () => {
    const flood = (id: number): Buffer[] => Array<Buffer>(20_000).fill(message('{"type":"accept"}', id))
    answers = (id) => [...flood(id), head(200, [], id), ...flood(id), data('done', id), end(id), ...flood(id)]
    expect((await (await ask()).answer()).body).toBe('done')
  })
})

describe('a request that its device does not read', () => {
  it('uses little memory if its body arrives byte by byte', async () => {
    const asked = Promise.withResolvers<number>()
    answers = (id) => {
      asked.resolve(id)
      return []
    }
    const socket = await RawSocket.open(stack.relay.port)
    socket.send(
      `POST /api/chat HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${device.key}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const id = await asked.promise
    const before = await heldMiB()
    // The stream starts with credit for 256 KiB; further data has to wait somewhere.
    socket.send('40000\r\n' + 'x'.repeat(0x40000) + '\r\n')
    const chunks = '1\r\nx\r\n'.repeat(10_000)
    for (let i = 0; i < 25; i++) socket.send(chunks)
    await device.frame(FRAME.DATA, id)
    await fetch(`${stack.desk.keyUrl}/api/version`)
    expect((await heldMiB()) - before).toBeLessThan(24)
    socket.destroy()
  })

  it('is not kept once answered', async () => {
    const asked = Promise.withResolvers<number>()
    answers = (id) => {
      asked.resolve(id)
      return []
    }
    const body = 'x'.repeat(400_000)
    const socket = await ask('POST /api/chat', `Content-Length: ${body.length}\r\n`, body)
    const id = await asked.promise
    // As much as the stream's first credit allows: the rest waits at the relay, which has the whole request.
    for (let bytes = 0; bytes < 256 * 1024;) bytes += (await device.frame(FRAME.DATA, id)).payload.length
    device.send(head(200, ['content-length', '0'], id), end(id))
    expect((await socket.answer()).status).toBe(200)
    await device.frame(FRAME.RESET, id)
    socket.destroy()
  })
})

describe('a hostile device', () => {
  let tags: Response
  beforeEach(async () => {
    tags = await fetch(`${stack.desk.keyUrl}/api/tags`)
  })

  it('gets no requests from another owner, whatever it announces', async () => {
    const digests = [...stack.relay.tunnels.tunnelsOf(stack.desk.ownerId)].flatMap(
      ({ announcement }) => announcement.keyDigests,
    )
    expect(digests.length).toBeGreaterThan(0)
    answers = (id) => [head(200, [], id), data('{"models":["mine"]}', id), end(id)]
    device.send(device.announcement({ keyDigests: digests }))
    device.send(encodeFrame(FRAME.PING, 0, Buffer.alloc(8)))
    await device.frame(FRAME.PONG)
    expect(await (await fetch(`${stack.desk.keyUrl}/api/tags`)).json()).toEqual(await tags.json())
  })
})

it('a key of a device that has not announced its keys is answered 503, since it may be valid', async () => {
  const silent = await HostileDevice.connect(stack.relay, { owner: 'silent' })
  silent.send(silent.hello())
  await silent.frame(FRAME.WELCOME)
  const { status, headers } = await fetch(`${stack.relay.url}/api/tags`, { headers: silent.authorization })
  silent.destroy()
  expect([status, headers.get('retry-after')]).toEqual([503, '5'])
})
