import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { constants } from 'node:http2'
import { Agent, get } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { connect, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import { CERTIFICATES } from '../support/certificates.ts'
import { sendBulk } from '../support/fake-upstream.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { connectHttp2, Http2Call, type Http2CallOptions } from '../support/http2-client.ts'
import { RawSocket } from '../support/raw-socket.ts'

const { first, renewed } = CERTIFICATES
const MIB = 1024 * 1024

const it = shared
  .extend('relayFlags', FILE, async ({ dataDir }) => {
    setDefaultCACertificates([...getCACertificates('default'), first.cert, renewed.cert])
    await install(dataDir, first)
    const [tlsCertFile, tlsKeyFile] = [join(dataDir, 'cert.pem'), join(dataDir, 'key.pem')]
    return { tlsCertFile, tlsKeyFile, headersTimeoutMs: 1_000 }
  })
  .extend('session', FILE, async ({ relay }, { onCleanup }) => {
    const session = await connectHttp2(relay.url, first.cert)
    onCleanup(() => session.destroy())
    return session
  })
  .extend('call', FILE, ({ session, desk }) => (path: string, options: Http2CallOptions = {}): Http2Call => {
    const headers = { ...desk.authorization, 'user-agent': 'h2', ...options.headers }
    return new Http2Call(session, path, { ...options, headers })
  })
  .extend(
    'chat',
    FILE,
    ({ call }) =>
      (options: object) =>
        call('/api/chat', { body: { model: 'fake', messages: [], options } }),
  )

it.beforeEach(({ upstream }) => {
  upstream.seen.length = 0
})

async function install(
  dir: string,
  { cert, key }: { readonly cert: string; readonly key: string },
): Promise<void> {
  for (const [name, text] of [
    ['key.pem', key],
    ['cert.pem', cert],
  ] as const) {
    await writeFile(join(dir, 'new'), text)
    await rename(join(dir, 'new'), join(dir, name))
  }
}

describe('a client of HTTP/2', () => {
  it('gets an answer token by token, without hop-by-hop fields', async ({ chat }) => {
    const streaming = chat({ tokens: 2, stall: 2 })
    await streaming.has('token-1')
    const head = await streaming.head
    expect(head).toMatchObject({ ':status': 200, 'x-request-id': expect.any(String) as string })
    expect(Object.keys(head)).not.toEqual(
      expect.arrayContaining(['connection', 'keep-alive', 'transfer-encoding']),
    )
    streaming.stream.close(constants.NGHTTP2_CANCEL)
  })

  it.for(['close', 'reset'])('detects a broken answer, after its error (%s)', async (breakBy, { chat }) => {
    const broken = chat({ tokens: 3, breakAfter: 1, breakBy })
    expect(await broken.over).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect(broken.text).toMatch(/token-0 .*\n\{"error":"[^"]+"\}\n$/s)
  })

  it('gets more than six answers at once on one connection', async ({ chat }) => {
    const calls = Array.from({ length: 40 }, (_, n) => chat({ tokens: 5, intervalMs: 5, marker: `m${n}` }))
    const texts = await Promise.all(calls.map((one) => one.whole()))
    for (const [n, text] of texts.entries()) {
      expect(text.match(/m\d+-\d/g)).toEqual(Array.from({ length: 5 }, (_, i) => `m${n}-${i}`))
    }
  })

  it('stops the model by resetting one stream, and no other', async ({ upstream, chat }) => {
    const [leaving, staying] = [
      chat({ tokens: 1, stall: 1 }),
      chat({ tokens: 60, intervalMs: 10, marker: 'stay' }),
    ]
    const seen = await upstream.request('/api/chat')
    await leaving.has('token-0')
    leaving.stream.close(constants.NGHTTP2_CANCEL)
    await seen.socketClosedAt
    expect(await staying.whole()).toContain('stay-59')
  })

  it('stops a model that is still loading', async ({ upstream, chat }) => {
    const loaded = upstream.holdLoads()
    const leaving = chat({ tokens: 1 })
    const seen = await upstream.request('/api/chat')
    leaving.stream.close(constants.NGHTTP2_CANCEL)
    await seen.socketClosedAt
    loaded()
  })

  it('never treats a truncated answer as complete', async ({ upstream, call }) => {
    upstream.on('GET', '/v1/models/broken', async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      response.write('half of')
      await new Promise<void>((resolve) => void setImmediate(resolve))
      response.destroy()
    })
    const broken = call('/v1/models/broken')
    expect(await broken.over).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect((await broken.head)[':status']).toBe(200)
  })

  it('uploads and downloads byte for byte, with a length and without', async ({ upstream, call }) => {
    const blob = randomBytes(20 * MIB)
    const digest = createHash('sha256').update(blob).digest('hex')
    const framings: Record<string, string>[] = [{}, { 'content-length': String(blob.length) }]
    for (const headers of framings) {
      upstream.blobs.clear()
      const upload = call(`/api/blobs/sha256:${digest}`, { open: true, headers })
      upload.stream.end(blob)
      expect((await upload.head)[':status']).toBe(201)
      await upload.whole()
    }
    let sent = ''
    upstream.on(
      'GET',
      '/v1/models/bulk',
      async (_request, response) => void (sent = await sendBulk(response, 20 * MIB)),
    )
    const hash = createHash('sha256')
    const download = call('/v1/models/bulk')
    download.stream.on('data', (chunk: Buffer) => hash.update(chunk))
    expect(await download.over).toBe(0)
    expect(hash.digest('hex')).toBe(sent)
  })

  it('does not treat a partial upload as complete', async ({ upstream, call }) => {
    const upload = call(`/api/blobs/sha256:${'0'.repeat(64)}`, { open: true })
    upload.stream.write(randomBytes(MIB))
    const seen = await upstream.request(`/api/blobs/sha256:${'0'.repeat(64)}`)
    const body = seen.body()
    upload.stream.close(constants.NGHTTP2_CANCEL)
    expect((await body).complete).toBe(false)
  })

  it('applies backpressure to a fast upstream while it does not read', async ({ upstream, call, chat }) => {
    let written = 0
    upstream.on('GET', '/v1/models/endless', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      const pump = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) written += 64 * 1024
      }
      response.on('drain', pump)
      pump()
    })
    const slow = call('/v1/models/endless')
    slow.stream.pause()
    await slow.head
    await chat({ tokens: 20, intervalMs: 10 }).whole()
    expect(written).toBeLessThan(64 * MIB)
    slow.stream.close(constants.NGHTTP2_CANCEL)
  })

  it('may send for a moment after an early response, which then ends only this stream', async ({
    call,
    chat,
  }) => {
    const early = call('/api/nothing-here', { open: true })
    expect((await early.head)[':status']).toBe(404)
    early.stream.write('more')
    expect(await early.over).toBe(0)
    expect(await chat({ tokens: 1 }).whole()).toContain('token-0')
  })

  it('gets 100 Continue before it uploads', async ({ call }) => {
    const upload = call(`/api/blobs/sha256:${'0'.repeat(64)}`, {
      open: true,
      headers: { expect: '100-continue' },
    })
    await once(upload.stream, 'continue')
    upload.stream.end('x')
    expect((await upload.head)[':status']).toBe(400)
  })

  it('gets the same preflights, HEAD responses and refusals as over HTTP/1.1', async ({ session }) => {
    const origin = 'https://chat.example'
    const asked = { origin, 'access-control-request-method': 'POST' }
    const preflight = new Http2Call(session, '/v1/models', { method: 'OPTIONS', headers: asked })
    expect(await preflight.head).toMatchObject({ ':status': 204, 'access-control-allow-origin': origin })
    const head = new Http2Call(session, '/', { method: 'HEAD' })
    expect((await head.head)[':status']).toBe(200)
    expect(await head.whole()).toBe('')
    const refused = new Http2Call(session, '/v1/models', { headers: { origin } })
    expect(await refused.head).toMatchObject({ ':status': 401, 'access-control-allow-origin': origin })
    expect(JSON.parse(await refused.whole())).toMatchObject({ error: { code: 'UNAUTHORIZED' } })
    const tunnel = session.request({ ':method': 'CONNECT', ':authority': 'example.com:443' })
    const [answer] = (await once(tunnel, 'response')) as [{ ':status': number }]
    expect(answer[':status']).toBe(405)
    tunnel.close()
  })

  it('may be curl', async ({ dataDir, relay }) => {
    const caFile = join(dataDir, 'ca.pem')
    await writeFile(caFile, first.cert)
    const args = ['-sN', '--http2', '--cacert', caFile, '-w', '%{http_version} %{http_code}', `${relay.url}/`]
    const { stdout } = await promisify(execFile)('curl', args)
    expect(stdout).toBe('Ollama is running2 200')
  })
})

describe('a relay with TLS of its own', () => {
  it('serves HTTP/1.1 as well, to clients and to bridges', async ({ relay, desk }) => {
    const response = await fetch(`${relay.url}/k/${desk.key}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fake', messages: [] }),
    })
    expect(await response.text()).toContain('token-4')
    expect(relay.url).toMatch(/^https:/)
    expect(desk.bridge.snapshot.tunnel.kind).toBe('online')
  })

  it('closes connections that stall in the handshake or a request', async ({ relay }) => {
    const silent = await RawSocket.open(relay.port)
    const half = await RawSocket.open(relay.port)
    half.send('GET / HTTP/1.1\r\n')
    const slow = connect({ port: relay.port, host: '127.0.0.1', ca: first.cert })
    await once(slow, 'secureConnect')
    slow.write('GET / HTTP/1.1\r\nhost: x\r\n')
    slow.resume()
    await Promise.all([silent.closed, half.closed, once(slow, 'close')])
  })

  it('uses a renewed certificate for new connections and keeps open ones', async ({
    dataDir,
    relay,
    desk,
    chat,
  }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: [first.cert, renewed.cert] })
    const kept = (await visit(relay, agent)).socket as TLSSocket
    const streaming = chat({ tokens: 600, intervalMs: 10 })
    await streaming.has('token-0')
    await install(dataDir, renewed)
    while ((await subjectNow(relay)) !== 'b.test') await chat({ tokens: 1 }).whole()
    expect((await visit(relay, agent)).socket).toBe(kept)
    expect(await streaming.whole()).toContain('token-599')
    expect(desk.bridge.snapshot.tunnel.kind).toBe('online')
    agent.destroy()
  })
})

/** The response without its body, with the socket it came on. */
async function visit({ url }: Relay, agent: Agent): Promise<IncomingMessage> {
  const [response] = (await once(get(`${url}/health`, { agent }), 'response')) as [IncomingMessage]
  const { socket } = response
  await response.toArray()
  return Object.assign(response, { socket })
}

async function subjectNow({ port }: Relay): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', ca: [first.cert, renewed.cert] })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return [CN].flat()[0]
}
