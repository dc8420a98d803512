import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { occupancyOf } from '../../src/bridge/doctor/data-dir.ts'
import { findElectron } from '../../src/cli/electron-program.ts'
import { closedAfterEach, fresh } from '../support/fixtures.ts'
import { freePort } from '../support/free-port.ts'
import { MAIN, ROOT, Workshop, type Program, type ProgramOptions } from '../support/program.ts'

const APP = `exec '${process.execPath}' '${join(ROOT, 'e2e/support/fake-app.ts')}' "$@"`

const workshop = closedAfterEach(new Workshop())

const it = fresh
  /** A folder as Electron's archive is unpacked to, with a shell script in place of the program. */
  .extend('electronThat', ({ upstream }) => async (script: string): Promise<Record<string, string>> => {
    const folder = join(await workshop.dataDir(), 'electron-dist')
    await mkdir(folder)
    await writeFile(join(folder, 'electron'), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, 'electron'), 0o755)
    return { DISPLAY: ':99', ELECTRON_OVERRIDE_DIST_PATH: folder, OLLAMA_HOST: upstream.origin }
  })
  .extend(
    'start',
    ({ dataDir }) =>
      (
        env: Record<string, string>,
        args: readonly string[] = [],
        command: ProgramOptions['command'] = START,
      ): Program => {
        return workshop.run(['--port', '0', '--json', '--data-dir', dataDir, ...args], { env, command })
      },
  )
  /** The desktop end: the app, or `start` itself. */
  .extend('holderPid', ({ dataDir }) => async (): Promise<number> => {
    const found = await occupancyOf(dataDir)
    if (found.kind !== 'held') throw new Error('nobody holds the data directory')
    return found.holder.pid
  })
  .extend(
    'linesUntilReady',
    ({ start, holderPid }) =>
      async (env: Record<string, string>, args: readonly string[] = []): Promise<string[]> => {
        const program = start(env, args)
        expect(await readyOf(program)).toMatchObject({ upstreamKind: 'ollama' })
        expect(await holderPid()).toBe(program.pid)
        return program.stderr.seen
      },
  )
  .extend(
    'linesWith',
    ({ upstream, start }) =>
      async (ELECTRON_MIRROR: string, args: readonly string[] = []): Promise<string[]> => {
        const cache = await workshop.dataDir()
        const env = {
          DISPLAY: ':99',
          ELECTRON_MIRROR,
          electron_config_cache: cache,
          OLLAMA_HOST: upstream.origin,
        }
        const program = start(env, args, NPM_START)
        await readyOf(program)
        return program.stderr.seen
      },
  )

const START = [process.execPath, MAIN, 'start'] as const
const NPM_START = [process.execPath, join(ROOT, 'scripts/start.mjs')] as const

async function readyOf(program: Program): Promise<Record<string, string>> {
  return program.stdout.json<Record<string, string>>(({ event }) => event === 'ready')
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function isListening(url = ''): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const isThere = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isThere
}

describe('start with the app', () => {
  it('the app is the desktop end: one chat passes through it, and the same line has the addresses', async ({
    start,
    electronThat,
    upstream,
    holderPid,
  }) => {
    const program = start(await electronThat(APP))
    expect(await readyOf(program)).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      key: expect.stringMatching(/^ctl_/),
      chatUrl: expect.stringContaining('/#k=ctl_'),
      upstream: upstream.origin,
      upstreamKind: 'ollama',
      model: 'fake:latest',
      reply: expect.stringContaining('token-0'),
    })
    expect(await holderPid()).not.toBe(program.pid)
    for (const line of program.stdout.seen) expect(JSON.parse(line)).toHaveProperty('event')
    expect(program.stderr.seen).toEqual([])
  })

  it('the app is given the upstream of the option, or the demo', async ({
    electronThat,
    start,
    upstream,
  }) => {
    const env = { ...(await electronThat(APP)), OLLAMA_HOST: 'http://127.0.0.1:9' }
    const named = start(env, ['--upstream', upstream.origin])
    expect(await readyOf(named)).toMatchObject({ upstream: upstream.origin })
    named.kill()
    await named.exit
    expect(await readyOf(start(env, ['--demo']))).toMatchObject({
      upstreamKind: 'demo',
      note: /not a real one/,
    })
  })

  it('Quit in the app ends start, exit code 0, and the relay with it', async ({
    start,
    electronThat,
    holderPid,
  }) => {
    const program = start(await electronThat(APP))
    const { url } = await readyOf(program)
    process.kill(await holderPid(), 'SIGUSR2')
    expect(await program.exit).toBe(0)
    expect(await isListening(url)).toBe(false)
  })

  it.for(['SIGINT', 'SIGTERM'] as const)(
    '%s ends both, exit code 0',
    async (signal, { start, electronThat, holderPid }) => {
      const program = start(await electronThat(APP))
      const { url } = await readyOf(program)
      const pid = await holderPid()
      program.kill(signal)
      expect(await program.exit).toBe(0)
      expect([isAlive(pid), await isListening(url)]).toEqual([false, false])
    },
  )

  it('Ctrl-C in a terminal reaches script, start and app, which exit once and cleanly', async ({
    start,
    electronThat,
    holderPid,
  }) => {
    const program = start(await electronThat(APP), [], NPM_START)
    await readyOf(program)
    const pid = await holderPid()
    process.kill(-program.pid, 'SIGINT')
    expect(await program.exit).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  it('a killed start ends the app', async ({ start, electronThat, holderPid }) => {
    const program = start(await electronThat(APP))
    await readyOf(program)
    const pid = await holderPid()
    program.kill('SIGKILL')
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it('an app that does not exit is killed', async ({ start, electronThat, holderPid }) => {
    const program = start(await electronThat(APP))
    await readyOf(program)
    const pid = await holderPid()
    process.kill(pid, 'SIGSTOP')
    program.kill()
    expect(await program.exit).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  it('an app that crashes: one clear line, exit code 1', async ({ start, electronThat, holderPid }) => {
    const program = start(await electronThat(APP))
    await readyOf(program)
    process.kill(await holderPid(), 'SIGABRT')
    const { code, stdout, stderr } = await program.result()
    expect(code).toBe(1)
    expect(stderr).toBe('The app ended unexpectedly (SIGABRT).')
    expect(JSON.parse(stdout.split('\n').at(-1) ?? '')).toMatchObject({ event: 'error', message: stderr })
  })

  it('a device that is paired with another relay is left unchanged, exit code 2', async ({
    dataDir,
    start,
    electronThat,
  }) => {
    const identity = {
      credential: 'c',
      relayUrl: 'https://relay.invalid/',
      ownerId: 'o',
      deviceId: 'd',
      address: 'a'.repeat(20),
    }
    await writeFile(join(dataDir, 'secrets.json'), JSON.stringify({ device: JSON.stringify(identity) }))
    const { code, stderr } = await start(await electronThat(APP)).result()
    expect(code).toBe(2)
    expect(stderr).toMatch(/--data-dir.*https:\/\/relay\.invalid/)
  })

  it('a data directory in use: exit code 2, and no app is opened', async ({
    start,
    electronThat,
    holderPid,
  }) => {
    const first = start(await electronThat(APP))
    await readyOf(first)
    const { code, stderr } = await start(await electronThat('echo opened >&2; exit 1')).result()
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(`process ${await holderPid()}`),
    })
    expect(stderr).not.toContain('\n')
  })
})

describe('start without a window', () => {
  it('no display: prints it, and continues', async ({ electronThat, linesUntilReady }) => {
    const env = { ...(await electronThat(APP)), DISPLAY: '', WAYLAND_DISPLAY: '' }
    expect(await linesUntilReady(env)).toEqual(['No display: running without a window.'])
  })

  it('no Electron: prints it, and continues', async ({ electronThat, dataDir, linesUntilReady }) => {
    const env = { ...(await electronThat(APP)), ELECTRON_OVERRIDE_DIST_PATH: dataDir }
    expect(await linesUntilReady(env)).toEqual(['Electron is not installed: running without a window.'])
  })

  it.for([
    ['ends', 'echo one >&2; echo "Missing X server" >&2; exit 1', 'exit code 1: Missing X server'],
    ['is killed', 'kill -SEGV $$', 'SIGSEGV'],
  ] as const)(
    'an app that %s before any output: prints the reason, and continues',
    async ([_case, script, reason], { linesUntilReady, electronThat }) => {
      const lines = await linesUntilReady(await electronThat(script))
      expect(lines).toEqual([`The app could not open (${reason}): running without a window.`])
    },
  )

  it('a program that cannot be started: prints the reason, and continues', async ({
    electronThat,
    linesUntilReady,
  }) => {
    const env = await electronThat(APP)
    await chmod(join(env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '', 'electron'), 0o644)
    expect(await linesUntilReady(env)).toEqual([expect.stringMatching(/could not open \(.*EACCES/)])
  })

  it.for([
    ['--headless', ['--headless'], {}],
    ['its variable', [], { CLOUDTOLOCALLLM_HEADLESS: '1' }],
  ] as const)(
    '%s: never looks for the app, and prints nothing',
    async ([_case, args, more], { linesUntilReady, electronThat }) => {
      expect(await linesUntilReady({ ...(await electronThat(APP)), ...more }, args)).toEqual([])
    },
  )
})

describe('npm start downloads Electron', () => {
  beforeEach(({ skip }) => skip(findElectron({}) !== undefined, 'Electron is here already'))

  const closers: (() => void)[] = []
  afterEach(() => closers.splice(0).forEach((close) => close()))

  async function mirror(answer: (response: ServerResponse) => void): Promise<string> {
    const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close().closeAllConnections())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  it('from an unreachable mirror: continues without a window within seconds', async ({ linesWith }) => {
    const gone = `http://127.0.0.1:${await freePort()}/`
    const startedAt = performance.now()
    expect(await linesWith(gone)).toEqual([
      'Electron could not be downloaded (ECONNREFUSED): running without a window.',
    ])
    // A download that is tried again and again takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(60_000)
  })

  it('from a mirror that does not respond: waits three seconds', async ({ linesWith }) => {
    const url = await mirror(() => {})
    expect(await linesWith(url)).toEqual([expect.stringMatching(/127\.0\.0\.1:\d+ does not respond/)])
  })

  it('from a mirror without the file', async ({ linesWith }) => {
    const url = await mirror((response) => response.writeHead(404).end())
    expect(await linesWith(url)).toEqual([expect.stringMatching(/127\.0\.0\.1:\d+ responded with 404/)])
  })

  it('and accepts no other file', async ({ linesWith }) => {
    const url = await mirror((response) => response.end('an advertisement'))
    const lines = await linesWith(url)
    expect(lines[0]).toMatch(/^Downloading Electron \d+\.\d+\.\d+, once/)
    expect(lines.at(-1)).toMatch(/could not be downloaded \(.*checksum/i)
  })

  it('but not for --headless', async ({ linesWith }) => {
    expect(await linesWith('http://127.0.0.1:9/', ['--headless'])).toEqual([])
  })
})
