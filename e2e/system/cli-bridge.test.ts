import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, onTestFinished } from 'vitest'
import { closedAfterEach, fresh } from '../support/fixtures.ts'
import { freePort } from '../support/free-port.ts'
import { type Program, Workshop } from '../support/program.ts'

interface Listening {
  readonly url: string
  readonly pairingCode: string
}

const workshop = closedAfterEach(new Workshop())

const it = fresh
  .extend('startBridge', ({ upstream }) => (dataDir: string, ...args: string[]): Program => {
    return workshop.run(['bridge', '--json', '--upstream', upstream.origin, '--data-dir', dataDir, ...args])
  })
  /** A bridge that is paired with the relay and online. */
  .extend(
    'startPaired',
    ({ startBridge }) =>
      async ({ url, pairingCode }: Listening): Promise<{ bridge: Program; dataDir: string }> => {
        const dataDir = await workshop.dataDir()
        const bridge = startBridge(dataDir, '--relay', url, '--pair', pairingCode)
        await bridge.stdout.json(({ event }) => event === 'online')
        return { bridge, dataDir }
      },
  )

interface RunningRelay extends Listening {
  readonly program: Program
  readonly dataDir: string
}

async function startRelay(port = '0', dataDir?: string): Promise<RunningRelay> {
  const dir = dataDir ?? (await workshop.dataDir())
  const program = workshop.run(['relay', '--json', '--port', port, '--data-dir', dir])
  const { url, pairingCode } = await program.stdout.json<Listening>((value) => 'url' in value)
  return { program, url, pairingCode, dataDir: dir }
}

/** One key, made by the command. */
async function createKey(dataDir: string, ...args: string[]): Promise<{ id: string; key: string }> {
  const program = workshop.run(['keys', 'create', '--json', '--data-dir', dataDir, ...args])
  const { code, stdout } = await program.result()
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

async function statusOf(url: string, key: string, path = '/api/tags'): Promise<number> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })
  await response.arrayBuffer()
  return response.status
}

/** A server that accepts connections and never answers. */
async function silentServer(): Promise<{ url: string; connected: () => Promise<unknown> }> {
  const server = createServer((socket) => socket.on('error', () => {}))
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, connected: () => once(server, 'connection') }
}

function isState(kind: string) {
  return ({ event, state }: Record<string, unknown>) =>
    event === 'state' && (state as { kind: string }).kind === kind
}

describe('relay and bridge', () => {
  it('relay: prints its URL and how to pair, and exits with 0', async () => {
    const { program } = await startRelay()
    expect(JSON.parse(program.stdout.seen[0] ?? '')).toEqual({
      event: 'listening',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      pairingCode: expect.stringMatching(/\S{6,}/),
    })
    program.kill()
    expect(await program.exit).toBe(0)
    expect(program.stderr.seen).toEqual([])
  })

  it('relay: prints a new code once one was used', async ({ startPaired }) => {
    const relay = await startRelay()
    await startPaired(relay)
    const { pairingCode } = await relay.program.stdout.json(({ event }) => event === 'pairing')
    expect(pairingCode).not.toBe(relay.pairingCode)
  })

  it('bridge: pairs, prints each state and then its URL, and exits with 0', async ({ startPaired }) => {
    const relay = await startRelay()
    const { bridge } = await startPaired(relay)
    expect(bridge.stdout.seen.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'state',
        state: { kind: 'connecting', attempt: 0, since: expect.any(Number) },
      }),
      expect.objectContaining({
        event: 'state',
        state: { kind: 'online', attempt: 0, since: expect.any(Number) },
      }),
      { event: 'online', url: relay.url, deviceId: expect.any(String) },
    ])
    bridge.kill()
    expect(await bridge.exit).toBe(0)
    expect(JSON.parse(bridge.stdout.seen.at(-1) ?? '')).toMatchObject({
      event: 'state',
      state: { kind: 'off' },
    })
  })

  it('pair: keeps the pairing for a bridge that is started later', async ({ startBridge }) => {
    const relay = await startRelay()
    const dataDir = await workshop.dataDir()
    const args = [
      'pair',
      relay.pairingCode,
      '--relay',
      relay.url,
      '--name',
      'attic',
      '--json',
      '--data-dir',
      dataDir,
    ]
    const { code, stdout } = await workshop.run(args).result()
    expect(code).toBe(0)
    const { event, deviceId } = JSON.parse(stdout)
    expect(event).toBe('paired')
    const online = await startBridge(dataDir).stdout.json((value) => value['event'] === 'online')
    expect(online).toEqual({ event: 'online', url: relay.url, deviceId })
  })

  it.each(['bridge', 'pair'])('%s with a wrong code: exit code 1, saying so', async (command) => {
    const { url } = await startRelay()
    const args = command === 'pair' ? ['pair', 'WRONG-CODE'] : ['bridge', '--pair', 'WRONG-CODE']
    const program = workshop.run([...args, '--relay', url, '--data-dir', await workshop.dataDir()])
    const { code, stderr } = await program.result()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The pairing code is wrong[^\n]*$/)
  })

  it('a service that starts with a used code keeps its pairing', async ({ startPaired, startBridge }) => {
    const relay = await startRelay()
    const { bridge, dataDir } = await startPaired(relay)
    bridge.kill()
    await bridge.exit
    const again = startBridge(dataDir, '--relay', relay.url, '--pair', relay.pairingCode)
    await again.stdout.json(({ event }) => event === 'online')
    expect(again.stderr.seen.join()).toMatch(/paired with that relay already/)
  })

  it('a bridge that is paired elsewhere prints how to switch, exit code 2', async ({
    startPaired,
    startBridge,
  }) => {
    const { dataDir, bridge } = await startPaired(await startRelay())
    bridge.kill()
    await bridge.exit
    const { code, stderr } = await startBridge(dataDir, '--relay', 'https://other.example').result()
    expect(code).toBe(2)
    expect(stderr).toMatch(/--relay: .*--pair/)
  })

  it('a relay that cannot be reached: exit code 1 when pairing', async ({ startBridge }) => {
    const url = `http://127.0.0.1:${await freePort()}`
    const args = ['--relay', url, '--pair', 'x']
    const { code, stderr } = await startBridge(await workshop.dataDir(), ...args).result()
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot be reached/)
  })

  it('a bridge that is stopped exits at once, whatever it waits for', async ({
    startPaired,
    startBridge,
  }) => {
    const silent = await silentServer()
    const pairing = startBridge(await workshop.dataDir(), '--relay', silent.url, '--pair', 'AAAA-BBBB')
    await silent.connected()
    const { bridge, dataDir } = await startPaired(await startRelay())
    bridge.kill()
    await bridge.exit
    const looking = startBridge(dataDir, '--upstream', silent.url)
    await silent.connected()
    const stoppedAt = performance.now()
    for (const program of [pairing, looking]) program.kill()
    expect(await Promise.all([pairing.exit, looking.exit])).toEqual([0, 0])
    // The requests have ten seconds.
    expect(performance.now() - stoppedAt).toBeLessThan(4_000)
  })

  it('a second bridge on the data directory is refused, exit code 2', async ({
    startPaired,
    startBridge,
  }) => {
    const { bridge, dataDir } = await startPaired(await startRelay())
    const { code, stderr } = await startBridge(dataDir).result()
    expect(code).toBe(2)
    expect(stderr).toContain(`process ${bridge.pid}`)
  })

  it('a copied data directory: one of the two bridges ends with exit code 1 and the reason', async ({
    startPaired,
    startBridge,
  }) => {
    const { bridge: former, dataDir } = await startPaired(await startRelay())
    former.kill()
    await former.exit
    const copy = await workshop.dataDir()
    await cp(dataDir, copy, { recursive: true })
    const bridge = startBridge(dataDir)
    await bridge.stdout.json(({ event }) => event === 'online')
    await startBridge(copy).stdout.json(({ event }) => event === 'online')
    const { code, stderr, stdout } = await bridge.result()
    expect(code).toBe(1)
    expect(stderr).toMatch(/Another bridge.*taken over/)
    expect(JSON.parse(stdout.split('\n').at(-1) ?? '')).toMatchObject({ event: 'error', code: 'REPLACED' })
  })

  it('reconnects to a relay that restarts on the same port', async ({ startPaired }) => {
    const relay = await startRelay(String(await freePort()))
    const { bridge, dataDir } = await startPaired(relay)
    const { key } = await createKey(dataDir)
    relay.program.kill('SIGKILL')
    await relay.program.exit
    const { state } = await bridge.stdout.json<{ state: object }>(isState('waiting'))
    expect(state).toEqual({
      kind: 'waiting',
      attempt: expect.any(Number),
      retryAt: expect.any(Number),
      cause: expect.stringMatching(/^(CARRIER_DEAD|RELAY_UNREACHABLE)$/),
    })
    await startRelay(new URL(relay.url).port, relay.dataDir)
    await bridge.stdout.json(isState('online'))
    await expect.poll(() => statusOf(relay.url, key)).toBe(200)
  })

  it('a relay that is stopped lets a stream finish, then exits with 0', async ({ startPaired }) => {
    const relay = await startRelay()
    const { dataDir } = await startPaired(relay)
    const { key } = await createKey(dataDir)
    await expect.poll(() => statusOf(relay.url, key)).toBe(200)
    const response = await fetch(`${relay.url}/k/${key}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fake', prompt: 'x', options: { tokens: 20, intervalMs: 50 } }),
    })
    relay.program.kill('SIGTERM')
    const records = (await response.text()).trim().split('\n')
    expect(records).toHaveLength(21)
    expect(JSON.parse(records.at(-1) ?? '')).toMatchObject({ done: true })
    expect(await relay.program.exit).toBe(0)
  })
})

describe('keys', () => {
  it('take effect on a running bridge immediately, from creation to revocation', async ({ startPaired }) => {
    const relay = await startRelay()
    const { dataDir } = await startPaired(relay)
    const created = await createKey(dataDir, '--name', 'phone', '--models', 'fake', '--scopes', 'read')
    expect(created).toEqual({ id: expect.any(String), key: expect.stringMatching(/^ctl_/) })
    expect(await statusOf(relay.url, created.key)).toBe(200)
    const listed = await workshop.run(['keys', 'list', '--json', '--data-dir', dataDir]).result()
    expect(JSON.parse(listed.stdout)).toMatchObject({
      id: created.id,
      name: 'phone',
      models: ['fake'],
      scopes: ['read'],
    })
    expect(listed.stdout).not.toContain(created.key)
    const revoked = await workshop.run(['keys', 'revoke', 'phone', '--json', '--data-dir', dataDir]).result()
    expect(JSON.parse(revoked.stdout)).toEqual({ id: created.id, revoked: true })
    expect(await statusOf(relay.url, created.key)).toBe(401)
  })

  it('work on the files while no bridge runs', async ({ startPaired, startBridge }) => {
    const relay = await startRelay()
    const { bridge, dataDir } = await startPaired(relay)
    bridge.kill()
    await bridge.exit
    const kept = await createKey(dataDir, '--name', 'kept')
    const gone = await createKey(dataDir, '--name', 'gone')
    expect(await workshop.run(['keys', 'revoke', gone.id, '--data-dir', dataDir]).exit).toBe(0)
    await startBridge(dataDir).stdout.json(({ event }) => event === 'online')
    await expect.poll(() => statusOf(relay.url, kept.key)).toBe(200)
    expect(await statusOf(relay.url, gone.key)).toBe(401)
  })

  it('expire on a running bridge', async ({ startPaired }) => {
    const relay = await startRelay()
    const { dataDir } = await startPaired(relay)
    // Long enough for the command that creates the key: a busy machine takes seconds for it.
    const startedAt = Date.now()
    await createKey(dataDir, '--name', 'another')
    const expiresAt = Date.now() + 4_000 + 3 * (Date.now() - startedAt)
    const { key } = await createKey(dataDir, '--expires', new Date(expiresAt).toISOString())
    expect(await statusOf(relay.url, key)).toBe(200)
    await expect.poll(() => statusOf(relay.url, key), { interval: 200 }).toBe(401)
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt)
  })

  it('are printed with their permissions', async ({ startPaired }) => {
    const { dataDir } = await startPaired(await startRelay())
    const args = ['keys', 'create', '--name', 'phone', '--expires', '30d', '--data-dir', dataDir]
    const limits = ['--requests-per-minute', '9', '--max-concurrent', '2']
    const { stdout } = await workshop.run([...args, ...limits]).result()
    expect(stdout).toMatch(
      /"phone" .*\ninference, read · all models · expires \d{4}-\d\d-\d\d \d\d:\d\d UTC · 9 a minute · 2 at\sonce\n/,
    )
    expect(stdout).toMatch(/^ {2}ctl_\S+$/m)
    expect(stdout).toMatch(/only time/)
  })

  it('damaged on disk are moved aside and reported, not deleted', async () => {
    const dataDir = await workshop.dataDir()
    await writeFile(`${dataDir}/keys.json`, 'not json')
    const { code, stderr } = await workshop.run(['keys', 'list', '--data-dir', dataDir]).result()
    expect(code).toBe(0)
    expect(await readFile(/saved as (\S+) and/.exec(stderr)?.[1] ?? '', 'utf8')).toBe('not json')
  })
})

describe('bridge without --json', () => {
  it('prints its URL for clients and how to create a key', async ({ upstream }) => {
    const { url, pairingCode } = await startRelay()
    const args = ['bridge', '--relay', url, '--pair', pairingCode, '--upstream', upstream.origin]
    const bridge = workshop.run([...args, '--data-dir', await workshop.dataDir()])
    await bridge.stdout.next((line) => line.includes(`reach this computer at ${url}`))
    await bridge.stdout.next((line) => line.includes('keys create'))
    expect(bridge.stdout.seen).toContain('● online · Ollama 0.12.3, 2 models')
  })
})
