// oxlint-disable no-empty-pattern -- Vitest reads from the pattern which fixtures a function needs.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { Agent, get, request } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, describe, expect } from 'vitest'
import { closing, FILE, fresh } from '../support/fixtures.ts'
import { freePort } from '../support/free-port.ts'
import { Pebble } from '../support/pebble.ts'
import { type Program, Workshop } from '../support/program.ts'
import { until } from '../support/until.ts'

const DOMAIN = 'relay.test'
const workshop = new Workshop()
afterAll(() => workshop.close())

interface DomainRelay {
  readonly program: Program
  readonly port: number
  readonly dataDir: string
}

const it = fresh
  .extend('pebble', FILE, async ({}, { onCleanup }) => closing(await Pebble.start(), onCleanup))
  /** One for all tests that leave it running. */
  .extend('serving', FILE, async ({ pebble }) => {
    const relay = await startRelay({ authority: pebble })
    return { ...relay, ...(await listening(relay)) }
  })

interface RelayOptions {
  readonly authority?: Pebble
  readonly domain?: string
  readonly dataDir?: string
  readonly args?: readonly string[]
}

async function startRelay({
  authority,
  domain = DOMAIN,
  dataDir,
  args = [],
}: RelayOptions): Promise<DomainRelay> {
  const dir = dataDir ?? (await workshop.dataDir())
  const port = await freePort()
  const { directoryUrl = '', caFile = '', httpPort = 0 } = authority ?? {}
  const ports = ['--port', String(port), '--http-port', String(httpPort)]
  const program = workshop.run(
    [
      'relay',
      '--json',
      '--domain',
      domain,
      '--acme-directory',
      directoryUrl,
      ...ports,
      '--data-dir',
      dir,
      ...args,
    ],
    { env: { CLOUDTOLOCALLLM_CA_FILE: caFile } },
  )
  return { program, port, dataDir: dir }
}

interface Listening {
  readonly url: string
  readonly pairingCode: string
}

const listening = ({ program }: DomainRelay) =>
  program.stdout.json<Listening & { event: string }>(({ event }) => event === 'listening')
const certificateLine = ({ program }: DomainRelay, state: string) =>
  program.stdout.json<Record<string, string>>((line) => line['state'] === state)
const statesOf = ({ program }: DomainRelay) =>
  program.stdout.seen.map((line) => (JSON.parse(line) as { state?: string; event: string }).state ?? '')

/** A request to the relay by its name, which no DNS server of this machine knows. */
async function call(
  { port }: DomainRelay,
  ca: string,
  path: string,
  { agent, headers }: { agent?: Agent; headers?: Record<string, string> } = {},
): Promise<IncomingMessage & { text: string }> {
  const options = {
    host: '127.0.0.1',
    port,
    path,
    servername: DOMAIN,
    ca,
    headers: { host: DOMAIN, ...headers },
    agent,
  }
  const [response] = (await once(get(options), 'response')) as [IncomingMessage]
  return Object.assign(response, { text: Buffer.concat(await response.toArray()).toString() })
}

async function serialNow({ port }: DomainRelay, ca: string): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: DOMAIN, ca })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

describe('a relay with a domain', () => {
  it('gets a certificate, stores it privately, and serves HTTPS with it', async ({
    pebble,
    serving: relay,
  }) => {
    expect(relay).toMatchObject({
      url: `https://${DOMAIN}`,
      pairingCode: expect.any(String),
    })
    expect(statesOf(relay)).toEqual(['requested', 'installed', ''])
    const answer = await call(relay, await pebble.root(), '/health')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
    const refused = await call(relay, await pebble.root(), '/v1/models')
    expect(refused.statusCode).toBe(401)
    expect(refused.headers['strict-transport-security']).toBe('max-age=31536000')
    const acme = join(relay.dataDir, 'acme')
    const [authority = ''] = await readdir(acme)
    const files = await readdir(join(acme, authority))
    expect(files.toSorted()).toEqual(['account-key.pem', `${DOMAIN}.pem`])
    for (const file of files) expect((await stat(join(acme, authority, file))).mode & 0o777).toBe(0o600)
    for (const dir of [acme, join(acme, authority)]) expect((await stat(dir)).mode & 0o777).toBe(0o700)
  })

  it('supports HTTP/2 and redirects plain HTTP to HTTPS, except requests that could contain a key or a prompt', async ({
    pebble,
    serving: relay,
  }) => {
    const caFile = join(relay.dataDir, 'root.pem')
    await writeFile(caFile, await pebble.root())
    const curl = async (...args: string[]) =>
      (
        await promisify(execFile)('curl', [
          '-s',
          '--cacert',
          caFile,
          '--connect-to',
          `${DOMAIN}:443:127.0.0.1:${relay.port}`,
          '--connect-to',
          `${DOMAIN}:80:127.0.0.1:${pebble.httpPort}`,
          ...args,
        ])
      ).stdout
    const facts = '%{http_version} %{http_code} %{num_redirects} %{url_effective}'
    expect(await curl('-L', '-o', '/dev/null', '-w', facts, `http://${DOMAIN}/health?x=1`)).toBe(
      `2 200 1 https://${DOMAIN}/health?x=1`,
    )
    const posted = await curl('-L', '-w', ' %{http_code}', '-d', '{}', `http://${DOMAIN}/v1/chat/completions`)
    expect(posted).toMatch(/"code":"HTTPS_REQUIRED".* 403$/)
    expect(posted).toContain(`Use https://${DOMAIN} instead of http://.`)
    expect(
      await curl('-o', '/dev/null', '-w', '%{http_code}', `http://${DOMAIN}/.well-known/acme-challenge/x`),
    ).toBe('308')
  })

  it('pairs a bridge, serves the chat page, and forwards a chat', async ({
    pebble,
    serving: relay,
    upstream,
  }) => {
    const { url, pairingCode } = relay
    const proxy = await proxyTo(relay.port)
    const dataDir = await workshop.dataDir()
    const caFile = join(dataDir, 'root.pem')
    await writeFile(caFile, await pebble.root())
    const env = { CLOUDTOLOCALLLM_CA_FILE: caFile, HTTPS_PROXY: proxy.url }
    const bridge = workshop.run(
      [
        'bridge',
        '--json',
        '--relay',
        url,
        '--pair',
        pairingCode,
        '--upstream',
        upstream.origin,
        '--data-dir',
        dataDir,
      ],
      { env },
    )
    await bridge.stdout.json(({ event }) => event === 'online')
    const made = await workshop.run(['keys', 'create', '--json', '--data-dir', dataDir]).result()
    const { key } = JSON.parse(made.stdout) as { key: string }
    const page = await call(relay, await pebble.root(), '/', { headers: { accept: 'text/html' } })
    expect(page.text).toContain('<!doctype html>')
    expect(page.headers['strict-transport-security']).toBe('max-age=31536000')
    const asked = request({
      host: '127.0.0.1',
      port: relay.port,
      path: '/api/chat',
      method: 'POST',
      servername: DOMAIN,
      ca: await pebble.root(),
      headers: { host: DOMAIN, authorization: `Bearer ${key}` },
    })
    asked.end(JSON.stringify({ model: 'fake', messages: [] }))
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    expect(Buffer.concat(await response.toArray()).toString()).toContain('token-4')
    expect(response.headers['strict-transport-security']).toBe('max-age=31536000')
    proxy.close()
  })

  it('stops on a signal, and serves again from its files without asking for another', async ({
    pebble,
    serving,
  }) => {
    const root = await pebble.root()
    const serial = await serialNow(serving, root)
    serving.program.kill()
    const { code, stdout, stderr } = await serving.program.result()
    expect(code).toBe(0)
    expect(stdout + stderr).not.toContain('PRIVATE KEY')
    const again = await startRelay({ authority: pebble, dataDir: serving.dataDir })
    await listening(again)
    expect(statesOf(again)).toEqual([''])
    expect(await serialNow(again, root)).toBe(serial)
    await again.program.close()
  })

  it('renews in time without interrupting a connection', async () => {
    const authority = await Pebble.start({ validityS: 20 })
    const relay = await startRelay({ authority })
    await listening(relay)
    const root = await authority.root()
    const serial = await serialNow(relay, root)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const kept = (await call(relay, root, '/health', { agent })).socket as TLSSocket
    await certificateLine(relay, 'requested')
    await certificateLine(relay, 'installed')
    // A busy machine may need longer than the seconds that the old one is still valid, which is then refused.
    const now = () => serialNow(relay, root).catch(() => serial)
    await until(async () => (await now()) !== serial, { what: 'the new certificate' })
    expect((await call(relay, root, '/health', { agent })).socket).toBe(kept)
    agent.destroy()
    await authority.close()
  })
})

describe('a relay whose domain does not point to it', () => {
  it('reports it, retries later, and never claims to be listening', async ({ pebble }) => {
    const domain = 'silent.test'
    await pebble.point(domain, '127.0.0.9')
    const relay = await startRelay({ authority: pebble, domain, args: ['--host', '127.0.0.1'] })
    const failed = await certificateLine(relay, 'failed')
    expect(failed).toMatchObject({ code: 'CERTIFICATE_UNAVAILABLE' })
    expect(failed['message']).toMatch(
      /cannot reach silent\.test on port 80\. Point its DNS records to this server/,
    )
    const waitMs = Date.parse(failed['retryAt'] ?? '') - Date.now()
    expect(waitMs).toBeGreaterThan(20_000)
    expect(waitMs).toBeLessThanOrEqual(60_000)
    await relay.program.stderr.next((line) => line.includes('The next attempt is at 20'))
    const hello = connectTls({
      port: relay.port,
      host: '127.0.0.1',
      servername: domain,
      rejectUnauthorized: false,
    })
    await expect(once(hello, 'secureConnect')).rejects.toThrow(/alert/)
    relay.program.kill()
    expect(await relay.program.exit).toBe(0)
    expect(relay.program.stdout.seen.join()).not.toContain('listening')
  })

  it('recognises a different server by its response', async ({ pebble }) => {
    const other = createServer((_, response) => response.end('hello'))
    other.listen(pebble.httpPort, '127.0.0.3')
    await once(other, 'listening')
    await pebble.point('other.test', '127.0.0.3')
    const relay = await startRelay({ authority: pebble, domain: 'other.test', args: ['--host', '127.0.0.1'] })
    const { message } = await certificateLine(relay, 'failed')
    expect(message).toMatch(/^Another server answers for other\.test\. Point its DNS records/)
    await relay.program.close()
    other.close()
  })
})

describe('a relay with a domain that cannot bind its ports', () => {
  it('reports which port is in use and what to do', async ({ pebble }) => {
    const taken = createServer().listen(pebble.httpPort, '127.0.0.1')
    await once(taken, 'listening')
    const { code, stderr } = await (
      await startRelay({ authority: pebble, args: ['--host', '127.0.0.1'] })
    ).program.result()
    expect(code).toBe(2)
    expect(stderr).toContain(
      `port ${pebble.httpPort} is in use: stop the program that uses it, such as another web server`,
    )
    taken.close()
  })
})

/** A forward proxy that connects to the relay whatever the name. */
async function proxyTo(port: number): Promise<{ url: string; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer().on('connect', (_, client: Socket) => {
    const relay = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(relay).pipe(client)
    })
    for (const socket of [client, relay]) sockets.add(socket.on('error', () => socket.destroy()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
