import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import { authoritiesWith, extraAuthorities } from './certificate-authorities.ts'
import { CERTIFICATE, PRIVATE_KEY } from './certificate.test-support.ts'
import { proxyFor } from './proxy.ts'
import { toTunnelUrl } from './relay-address.ts'

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toUpperCase(), '')
  }
  onTestFinished(() => void vi.unstubAllEnvs())
})

async function portOf(server: TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A relay that accepts upgrades on the tunnel's path. */
async function startRelay(server: Server): Promise<number> {
  const sockets = new WebSocketServer({ server, path: '/ws/tunnel' })
  sockets.on('connection', (socket) => socket.send('hello'))
  onTestFinished(() => sockets.clients.forEach((client) => client.terminate()))
  return portOf(server)
}

/** A proxy that supports only CONNECT and resolves every name to the relay. */
async function startProxy(relayPort: number): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    seen.push(request)
    const upstream = connect(relayPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
    onTestFinished(() => void client.destroy())
  })
  return { port: await portOf(server), seen }
}

async function hello(relayUrl: string, ca?: string[]): Promise<string> {
  const url = new URL(relayUrl)
  const socket = new WebSocket(toTunnelUrl(url), { agent: proxyFor(url, systemClock)?.agent, ca })
  onTestFinished(() => socket.terminate())
  const [data] = (await once(socket, 'message')) as [Buffer]
  return data.toString()
}

test('a plain relay is reached by CONNECT, with the credentials of the proxy URL', async () => {
  const proxy = await startProxy(await startRelay(createServer()))
  vi.stubEnv('HTTP_PROXY', `http://me:p%40ss@127.0.0.1:${proxy.port}`)
  expect(await hello('http://relay.test/')).toBe('hello')
  expect(proxy.seen[0]!.url).toBe('relay.test:80')
  expect(proxy.seen[0]!.headers['proxy-authorization']).toBe(`Basic ${btoa('me:p@ss')}`)
})

test('a TLS relay with a company certificate is reached through the proxy, and refused without it', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'ctl-ca-')), 'ca.pem')
  await writeFile(path, CERTIFICATE)
  const relay = createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY })
  const proxy = await startProxy(await startRelay(relay))
  vi.stubEnv('HTTPS_PROXY', `127.0.0.1:${proxy.port}`)
  expect(
    await hello('https://relay.test/', authoritiesWith(extraAuthorities({ CLOUDTOLOCALLLM_CA_FILE: path }))),
  ).toBe('hello')
  expect(proxy.seen[0]!.url).toBe('relay.test:443')
  await expect(hello('https://relay.test/', authoritiesWith([]))).rejects.toThrow(/self-signed/)
})

test('a proxy that refuses is an error, not a tunnel', async () => {
  vi.stubEnv(
    'ALL_PROXY',
    `http://127.0.0.1:${await portOf(createServer((_, res) => res.writeHead(403).end()))}`,
  )
  await expect(hello('http://relay.test/')).rejects.toThrow()
})

test.each(['http', 'https'])('a silent %s:// proxy times out and is disconnected', async (scheme) => {
  const clock = new FakeClock()
  const silent = createTcpServer()
  vi.stubEnv('HTTPS_PROXY', `${scheme}://127.0.0.1:${await portOf(silent)}`)
  const url = new URL('https://relay.test')
  const connected = once(silent, 'connection') as Promise<[Socket]>
  const socket = new WebSocket(toTunnelUrl(url), { agent: proxyFor(url, clock)?.agent })
  const [client] = await connected
  const hungUp = once(client.on('error', () => {}).resume(), 'close')
  const failed = once(socket, 'error')
  clock.advance(10_000)
  await failed
  await hungUp
  expect(socket.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING)
  expect(clock.pendingTimers).toBe(0)
})

test('a relay on this machine is contacted directly, regardless of the environment', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
  const port = await startRelay(createServer())
  expect(await hello(`http://127.0.0.1:${port}/`)).toBe('hello')
})

test('NO_PROXY is honoured by name, suffix and port', () => {
  vi.stubEnv('HTTPS_PROXY', 'http://proxy:3128')
  vi.stubEnv('NO_PROXY', 'direct.example, .corp.example,ported.example:8443')
  const isDirect = (url: string) => proxyFor(new URL(url), systemClock) === null
  expect(isDirect('https://direct.example')).toBe(true)
  expect(isDirect('https://relay.corp.example')).toBe(true)
  expect(isDirect('https://ported.example:8443')).toBe(true)
  expect(isDirect('https://ported.example')).toBe(false)
  expect(isDirect('https://other.example')).toBe(false)
})

test('a displayed proxy contains no password, and a bare host:port is an HTTP proxy', () => {
  vi.stubEnv('HTTPS_PROXY', 'me:secret@proxy:3128')
  expect(proxyFor(new URL('https://relay.test'), systemClock)?.shownUrl).toBe('http://proxy:3128')
  vi.stubEnv('HTTPS_PROXY', 'https://me:secret@proxy:3129')
  expect(proxyFor(new URL('https://relay.test'), systemClock)?.shownUrl).toBe('https://proxy:3129')
})

test.each(['socks5://me:secret@proxy:1080', 'http://:3128', 'http://'])(
  'an unusable proxy is reported, without its password: %s',
  (proxy) => {
    vi.stubEnv('HTTPS_PROXY', proxy)
    expect(() => proxyFor(new URL('https://relay.test'), systemClock)).toThrow(/HTTPS_PROXY(?!.*secret)/)
  },
)

test('an invalid file of certificate authorities is reported together with its variable', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'ctl-ca-')), 'ca.pem')
  expect(() => extraAuthorities({ SSL_CERT_FILE: path })).toThrow(/^SSL_CERT_FILE: .*ca\.pem/)
  await writeFile(path, 'nothing')
  expect(() => extraAuthorities({ CLOUDTOLOCALLLM_CA_FILE: path })).toThrow('it contains no certificate')
  await writeFile(path, CERTIFICATE.replace('MIIB', 'AAAA'))
  expect(() => extraAuthorities({ CLOUDTOLOCALLLM_CA_FILE: path })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  )
})

test("extra authorities never replace Node's own", async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'ctl-ca-')), 'ca.pem')
  await writeFile(path, CERTIFICATE)
  const extra = extraAuthorities({ CLOUDTOLOCALLLM_CA_FILE: path })
  expect(authoritiesWith(extra).length).toBe(authoritiesWith([]).length + 1)
})
