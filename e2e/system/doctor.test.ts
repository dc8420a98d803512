import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { acquire } from '../../src/bridge/data-dir/owner-lock.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../src/bridge/dial/certificate.test-support.ts'
import { saveDeviceIdentity, type DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { openSecrets } from '../../src/bridge/secrets/open-secrets.ts'
import { createOutput } from '../../src/cli/output.ts'
import { doctorCommand, type DoctorCommandOptions } from '../../src/cli/doctor.ts'
import { createSigningKey } from '../../src/relay/auth/signing-key.ts'
import type { Relay } from '../../src/relay/relay.ts'
import type { Clock } from '../../src/shared/clock.ts'
import type { WallMs } from '../../src/shared/brands.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { freePort } from '../support/free-port.ts'
import { FrontProxy, type FrontOptions } from '../support/front-proxy.ts'
import { Desk, pair, startTestRelay } from '../support/stack.ts'

const ENV = { CLOUDTOLOCALLLM_SECRETS: 'file', CLOUDTOLOCALLLM_ALLOW_INSECURE: '1' }
const DAY_MS = 86_400_000

interface Line {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  readonly fix: string | null
}

let upstream: FakeUpstream
let relay: Relay
const signingKey = await createSigningKey()
beforeAll(async () => {
  upstream = await FakeUpstream.start()
  relay = await startTestRelay({}, { signingKey })
})
afterAll(async () => {
  await relay.close()
  await upstream.close()
})
beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toUpperCase(), '')
  }
  onTestFinished(() => void vi.unstubAllEnvs())
})

function skewedBy(ms: number): Clock {
  return { ...systemClock, now: () => (systemClock.now() + ms) as WallMs }
}

async function dirFor(identity: DeviceIdentity | null): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ctl-doctor-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  if (identity === null) return dataDir
  const clock = systemClock
  const secrets = await openSecrets({ dataDir, clock, env: ENV, allowFile: true, notify: () => {} })
  await saveDeviceIdentity(secrets, identity)
  return dataDir
}

/** A paired device that uses a different URL from the relay's own. */
async function pairedAt(url = `${relay.url}/`): Promise<DeviceIdentity> {
  return { ...(await pair(relay, 'owner')), relayUrl: url }
}

async function textOf({
  json = true,
  ...options
}: Pick<DoctorCommandOptions, 'dataDir'> & Partial<DoctorCommandOptions> & { readonly json?: boolean }) {
  let text = ''
  const write = (chunk: unknown): boolean => {
    text += String(chunk)
    return true
  }
  const stream = { write, isTTY: false, columns: 0 }
  const exitCode = await doctorCommand({
    upstream: upstream.origin,
    output: createOutput(json, { stdout: stream, stderr: stream, env: {} }),
    env: ENV,
    clock: systemClock,
    ...options,
  })
  return { exitCode, text }
}

async function examine(options: Parameters<typeof textOf>[0]) {
  const { exitCode, text } = await textOf(options)
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const of = (check: string) => lines.find((line) => line.check === check)
  return { exitCode, lines, of, failed: lines.filter((line) => !line.ok).map((line) => line.check) }
}

async function front(options: FrontOptions): Promise<FrontProxy> {
  const proxy = await FrontProxy.start(relay.port, options)
  onTestFinished(() => proxy.close())
  return proxy
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const ALL = [
  'data-dir',
  'upstream',
  'exposure',
  'secrets',
  'proxy',
  'relay',
  'clock',
  'credential',
  'websocket',
  'streaming',
]

test('a device that is online passes every check, without effects on its tunnel or files', async () => {
  const desk = await Desk.start(relay, upstream.origin)
  onTestFinished(() => desk.close())
  const dataDir = await dirFor(desk.identity)
  const holder = await acquire(dataDir)
  onTestFinished(() => holder.close())
  const tunnel = relay.tunnels.all[0]
  const state = desk.bridge.snapshot.tunnel
  const files = await readdir(dataDir)
  const before = await readFile(join(dataDir, 'secrets.json'), 'utf8')
  const { exitCode, lines, of } = await examine({ dataDir })
  expect(lines.map(({ check, ok }) => [check, ok])).toEqual(ALL.map((check) => [check, true]))
  for (const line of lines) expect(Object.keys(line)).toEqual(['check', 'ok', 'detail', 'fix'])
  expect(exitCode).toBe(0)
  expect(of('data-dir')?.detail).toContain(String(process.pid))
  expect(of('upstream')?.detail).toContain('2 models')
  expect(of('credential')?.detail).toContain('sees this device online')
  expect(JSON.stringify(lines)).not.toContain(desk.token)
  expect(desk.bridge.snapshot.tunnel).toEqual(state)
  expect(relay.tunnels.all).toEqual([tunnel])
  expect(tunnel?.isAttached).toBe(true)
  expect([await readdir(dataDir), await readFile(join(dataDir, 'secrets.json'), 'utf8')]).toEqual([
    files,
    before,
  ])
})

test('without pairing the relay is still checked, and its refusal proves that upgrades pass', async () => {
  const { exitCode, of, failed } = await examine({ dataDir: await dirFor(null), relay: relay.url })
  expect(failed).toEqual(['credential'])
  expect(of('credential')?.fix).toContain('cloudtolocalllm pair')
  expect(of('websocket')?.detail).toContain('the relay itself refused')
  expect(exitCode).toBe(1)
})

test('a damaged settings file is reported and left unchanged', async () => {
  const dataDir = await dirFor(null)
  await writeFile(join(dataDir, 'settings.json'), '{')
  const { of } = await examine({ dataDir })
  expect(of('data-dir')).toMatchObject({ ok: false, detail: expect.stringContaining('settings.json') })
  expect(await readdir(dataDir)).toEqual(['settings.json'])
})

test('text output has symbols, and a remedy below each problem', async () => {
  const { text } = await textOf({ dataDir: await dirFor(null), json: false })
  expect(text).toMatch(/^✓ upstream +\S/m)
  expect(text).toMatch(/^✗ relay +No relay is known.*\n +→ \S/m)
  const details = text.split('\n').filter((line) => !line.includes('→'))
  expect(details.filter(({ length }) => length > 80)).toEqual([])
  expect(text).toMatch(/\n\d problems found\.\n$/)
})

test('a proxy that buffers responses is reported, with its fix', async () => {
  const { url } = await front({ collects: true, server: 'nginx/1.27.0' })
  const { of, failed } = await examine({ dataDir: await dirFor(await pairedAt(url)) })
  expect(failed).toEqual(['streaming'])
  expect(of('streaming')?.detail).toMatch(/All 10 chunks .* within \d+ ms, after (0\.9|[1-9]\d*\.\d) s/)
  expect(of('streaming')?.fix).toContain('proxy_buffering off;')
})

test('a proxy that drops upgrades is reported, with its fix', async () => {
  const { url } = await front({ passesUpgrades: false, server: 'nginx' })
  const { of, failed } = await examine({ dataDir: await dirFor(await pairedAt(url)) })
  expect(failed).toEqual(['websocket'])
  expect(of('websocket')?.fix).toContain('Upgrade $http_upgrade')
})

test('a credential is sent to its own relay only', async () => {
  const other = await front({})
  const identity = await pairedAt()
  const { failed } = await examine({ dataDir: await dirFor(identity), relay: other.url })
  expect(failed).toEqual(['credential'])
  expect(other.seen.length).toBeGreaterThan(2)
  expect(JSON.stringify(other.seen.map(({ rawHeaders }) => rawHeaders))).not.toContain(identity.credential)
})

test.each([
  [10 * 60_000, false, /10 min ahead/],
  [-3 * 60_000, true, /3 min behind/],
])('a clock that is off by %d ms is reported', async (skewMs, ok, detail) => {
  const { of } = await examine({ dataDir: await dirFor(await pairedAt()), clock: skewedBy(skewMs) })
  expect(of('clock')).toMatchObject({ ok, detail: expect.stringMatching(detail), fix: expect.any(String) })
})

test('an expired credential is reported, and proves that upgrades work', async () => {
  const past = await startTestRelay({}, { clock: skewedBy(-100 * DAY_MS), signingKey })
  const identity = { ...(await pair(past, 'owner')), relayUrl: `${relay.url}/` }
  await past.close()
  const { of, failed } = await examine({ dataDir: await dirFor(identity) })
  expect(failed).toEqual(['credential'])
  expect(of('credential')?.detail).toContain('expired')
  expect(of('websocket')?.ok).toBe(true)
})

test('a credential of a relay that has lost its key is reported', async () => {
  const stranger = await startTestRelay()
  onTestFinished(() => stranger.close())
  const { failed, of } = await examine({ dataDir: await dirFor(await pairedAt(`${stranger.url}/`)) })
  expect(failed).toEqual(['credential'])
  expect(of('credential')?.fix).toContain('pair')
})

test('an unreachable relay is one failure, not one for each dependent check', async () => {
  const port = await freePort()
  const { failed, lines, of } = await examine({
    dataDir: await dirFor(await pairedAt(`http://127.0.0.1:${port}/`)),
  })
  expect(failed).toEqual(['relay'])
  expect(of('relay')?.detail).toContain('nothing is listening')
  expect(lines.at(-1)?.check).toBe('credential')
})

test('a plain web server in place of the relay is reported', async () => {
  const page: RequestListener = (_, response) => response.setHeader('server', 'nginx').end('<h1>Welcome</h1>')
  const port = await listening(createServer(page))
  const { failed, of } = await examine({ dataDir: await dirFor(null), relay: `http://127.0.0.1:${port}` })
  expect(failed).toEqual(['relay', 'credential'])
  expect(of('relay')?.detail).toContain('not a relay (HTTP 200, from nginx)')
})

test('TLS errors are distinguished: an untrusted certificate, and no TLS at all', async () => {
  const tlsPort = await listening(createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }))
  const dataDir = await dirFor(null)
  const selfSigned = await examine({ dataDir, relay: `https://127.0.0.1:${tlsPort}` })
  expect(selfSigned.of('relay')).toMatchObject({
    detail: expect.stringContaining('self-signed'),
    fix: expect.stringContaining('CLOUDTOLOCALLLM_CA_FILE'),
  })
  const plain = await examine({ dataDir, relay: relay.url.replace('http:', 'https:') })
  expect(plain.of('relay')?.detail).toContain('does not speak TLS')
})

/** A proxy that resolves every name to the relay, or refuses with a status. */
async function connectProxy(status: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push(request.url ?? '')
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
    const target = connect(relay.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(target).pipe(client)
    })
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
  })
  return { url: `http://me:pa55word@127.0.0.1:${await listening(server)}`, asked }
}

test('all checks use the proxy from the environment, whose password is not shown', async () => {
  const proxy = await connectProxy(200)
  vi.stubEnv('HTTP_PROXY', proxy.url)
  const { text, exitCode } = await textOf({ dataDir: await dirFor(await pairedAt('http://relay.test/')) })
  expect(exitCode).toBe(0)
  expect(text).toContain('through the proxy http://127.0.0.1:')
  expect(text).not.toContain('pa55word')
  // Description, status, WebSocket, chunks.
  expect(proxy.asked).toEqual(Array.from({ length: 4 }, () => 'relay.test:80'))
})

test.each([
  [407, 'HTTP 407', '<user>:<password>'],
  [403, 'HTTP 403', 'CONNECT'],
])('a proxy’s refusal with %d is distinguished from the relay’s', async (status, detail, fix) => {
  vi.stubEnv('HTTP_PROXY', (await connectProxy(status)).url)
  const { of, failed } = await examine({ dataDir: await dirFor(await pairedAt('http://relay.test/')) })
  expect(failed).toEqual(['relay'])
  expect(of('relay')).toMatchObject({
    detail: expect.stringContaining(detail),
    fix: expect.stringContaining(fix),
  })
})

test('an invalid option is wrong usage, before any check runs', async () => {
  const wrong = textOf({ dataDir: await dirFor(null), relay: 'relay.example' })
  await expect(wrong).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('--relay'),
  })
})
