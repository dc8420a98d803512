import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { closedAfterEach, fresh } from '../support/fixtures.ts'
import { type Program, type ProgramOptions, Workshop } from '../support/program.ts'

interface Ready {
  readonly event: 'ready'
  readonly url: string
  readonly key: string
  readonly upstream: string
  readonly upstreamKind: string
  readonly model: string | null
  readonly reply: string | null
  readonly note?: string
}

const workshop = closedAfterEach(new Workshop())

const it = fresh
  /** `start` on any port, with this test's data directory. */
  .extend('start', ({ dataDir }) => (args: readonly string[] = [], options?: ProgramOptions): Program => {
    return workshop.run(['start', '--port', '0', '--headless', '--data-dir', dataDir, ...args], options)
  })
  /** A real terminal, created by `script`. */
  .extend('typescriptOf', ({ dataDir }) => async (env: Record<string, string>): Promise<string> => {
    const command = `exec ${process.execPath} dist/cli/main.js start --headless --port 0 --demo --data-dir ${dataDir}`
    const program = workshop.run(['-qfec', `stty cols 60; ${command}`, '/dev/null'], {
      command: ['script'],
      env,
    })
    await program.stdout.next((line) => line.includes('Ctrl-C'))
    program.kill()
    await program.exit
    return program.stdout.seen.join('\n')
  })

function readyOf(program: Program): Promise<Ready> {
  return program.stdout.json<Ready>(({ event }) => event === 'ready')
}

async function chatStatus({ url, key, model }: Ready): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  await response.arrayBuffer()
  return response.status
}

/** proc_pid_stat(5): ticks of 10 ms in user and kernel mode, counted after the name in parentheses. */
async function cpuMsOf({ pid }: Program): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [userTicks, kernelTicks] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return 10 * (Number(userTicks) + Number(kernelTicks))
}

async function isListening(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const isThere = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isThere
}

describe('start --json', () => {
  it('gets a first answer even if the key is created in this run and used immediately', async ({ start }) => {
    const { reply, note } = await readyOf(
      start(['--json', '--demo'], { env: { CLOUDTOLOCALLLM_SECRETS: 'memory' } }),
    )
    expect(reply).not.toBeNull()
    expect(note).not.toContain('401')
  })

  it('finds the Ollama of OLLAMA_HOST, chats through the whole path and prints the addresses', async ({
    start,
    upstream,
  }) => {
    const program = start(['--json'], { env: { OLLAMA_HOST: upstream.origin } })
    const ready = await readyOf(program)
    expect(ready).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      key: expect.stringMatching(/^ctl_/),
      chatUrl: `${ready.url}/#k=${ready.key}`,
      upstream: upstream.origin,
      upstreamKind: 'ollama',
      model: 'fake:latest',
      reply: expect.stringContaining('token-0'),
    })
    expect(await chatStatus(ready)).toBe(200)
    expect(await chatStatus({ ...ready, key: `${ready.key}x` })).toBe(401)
    program.kill('SIGTERM')
    expect(await program.exit).toBe(0)
    expect(await isListening(ready.url)).toBe(false)
    for (const line of program.stdout.seen) expect(JSON.parse(line)).toHaveProperty('event')
    expect(program.stderr.seen).toEqual([])
  })

  it('has the same key after a restart, and another one once that is revoked', async ({ start, dataDir }) => {
    let program = start(['--json', '--demo'])
    const restarted = async (): Promise<Ready> => {
      program.kill()
      await program.exit
      program = start(['--json', '--demo'])
      return readyOf(program)
    }
    const { key } = await readyOf(program)
    const same = await restarted()
    expect(same.key).toBe(key)
    expect(await chatStatus(same)).toBe(200)
    await workshop.run(['keys', 'revoke', 'default', '--data-dir', dataDir]).exit
    const other = await restarted()
    expect(other.key).not.toBe(key)
    expect(await chatStatus(other)).toBe(200)
  })

  it('--demo: uses the built-in model, and prints that it is not a real model', async ({
    start,
    upstream,
  }) => {
    // Only a relay that others reach has a domain.
    const env = { OLLAMA_HOST: upstream.origin, DOMAIN: 'relay.example.com' }
    const ready = await readyOf(start(['--json', '--demo'], { env }))
    expect(ready).toMatchObject({
      upstreamKind: 'demo',
      model: 'demo:latest',
      note: expect.stringMatching(/demo/),
    })
    expect(ready.reply).toMatch(/demo/)
    expect(upstream.seen).toEqual([])
  })

  it('falls back to the demo if nothing else is found', async ({ skip, start }) => {
    const ports = [11434, 1234, 8080, 8000]
    const taken = await Promise.all(ports.map((port) => isListening(`http://127.0.0.1:${port}`)))
    skip(taken.includes(true), 'something listens on a port where model servers are looked for')
    const ready = await readyOf(start(['--json']))
    expect(ready).toMatchObject({ upstreamKind: 'demo', note: expect.stringMatching(/Start Ollama/) })
  })

  it('an Ollama without a model: prints how to get one', async ({ upstream, start }) => {
    upstream.models = []
    const program = start(['--json'], { env: { OLLAMA_HOST: upstream.origin } })
    const ready = await readyOf(program)
    expect(ready).toMatchObject({ upstreamKind: 'ollama', model: null, reply: null })
    expect(ready.note).toMatch(/ollama pull/)
    const tags = await fetch(`${ready.url}/k/${ready.key}/api/tags`)
    expect(await tags.json()).toEqual({ models: [] })
  })

  it('a model that does not load does not prevent the use of others', async ({ upstream, start }) => {
    upstream.on('POST', '/api/chat', (_request, response) => {
      response.writeHead(500).end('{"error":"model requires more system memory"}')
    })
    const ready = await readyOf(start(['--json'], { env: { OLLAMA_HOST: upstream.origin } }))
    expect(ready.reply).toBeNull()
    expect(ready.note).toMatch(/fake:latest.*500.*more system memory/)
    expect(await chatStatus(ready)).toBe(200)
  })

  it('a server with only the OpenAI API', async ({ upstream, start }) => {
    upstream.on('GET', '/api/version', (_request, response) => void response.writeHead(404).end())
    const ready = await readyOf(start(['--json', '--upstream', upstream.origin]))
    expect(ready).toMatchObject({ upstreamKind: 'openai', reply: expect.stringContaining('token-0') })
    expect(upstream.seen.map(({ path }) => path)).toContain('/v1/chat/completions')
  })

  it('an unreachable configured upstream: one clear line, exit code 2, and nothing was started', async ({
    start,
    upstream,
  }) => {
    const { origin } = upstream
    await upstream.close()
    for (const named of [origin, 'nope.invalid']) {
      const { code, stdout, stderr } = await start(['--json', '--upstream', named]).result()
      expect(code).toBe(2)
      expect(stderr).toMatch(
        /^--upstream: No model server is responding at http:\S+\. Check that it is running\.$/m,
      )
      expect(stdout).not.toMatch(/"online"|"state"/)
    }
  })

  it('a model server that requires a key: it is set once, stored, and never shown', async ({
    upstream,
    dataDir,
    start,
  }) => {
    const key = 'sk-of-the-model-server'
    const asks = (name: string, answer: unknown): void =>
      upstream.on(name === '/v1/chat/completions' ? 'POST' : 'GET', name, (request, response) => {
        const isIn = request.headers.authorization === `Bearer ${key}`
        response.writeHead(isIn ? 200 : 401, { 'content-type': 'application/json' })
        response.end(JSON.stringify(isIn ? answer : { error: 'Unauthorized' }))
      })
    upstream.on(
      'GET',
      '/api/version',
      (_request, response) => void response.writeHead(404).end('{"error":"no"}'),
    )
    asks('/v1/models', { data: [{ id: 'm' }] })
    const message = { role: 'assistant', content: 'hello' }
    asks('/v1/chat/completions', { choices: [{ message }] })
    const env = { CLOUDTOLOCALLLM_UPSTREAM_KEY: key }
    const where = ['--data-dir', dataDir, '--upstream', upstream.origin]
    const set = await workshop.run(['upstream', 'set-key', ...where, '--json'], { env }).result()
    expect([set.code, set.stdout]).toEqual([
      0,
      JSON.stringify({ event: 'upstreamKeySet', origin: upstream.origin }),
    ])
    const program = start(['--json', '--upstream', upstream.origin])
    expect(await readyOf(program)).toMatchObject({ upstreamKind: 'openai', model: 'm', reply: 'hello' })
    program.kill()
    const { stdout, stderr } = await program.result()
    expect(stdout + stderr).not.toContain(key)
  })
})

it('a running start took at most 3 s of CPU time, answers doctor, and locks its data directory', async ({
  start,
  dataDir,
}) => {
  const program = start(['--json', '--demo'])
  await readyOf(program)
  if (process.platform === 'linux') expect(await cpuMsOf(program)).toBeLessThan(3_000)
  const doctor = await workshop.run(['doctor', '--json', '--data-dir', dataDir]).result()
  expect(doctor.stdout.split('\n').map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ check: 'upstream', ok: true, detail: expect.stringMatching(/^Demo model/) }),
  )
  const { code, stderr } = await start(['--demo']).result()
  expect(code).toBe(2)
  expect(stderr).toContain(`process ${program.pid}`)
  expect(stderr).toContain('--data-dir')
})

describe('the end of start', () => {
  async function expectGone(program: Program, { url }: Ready): Promise<void> {
    expect(await program.exit).toBe(0)
    expect(await isListening(url)).toBe(false)
  }

  // For SIGTERM and SIGINT see the other tests.
  it('SIGHUP: exit code 0, nothing left running', async ({ start }) => {
    const program = start(['--json', '--demo'])
    const ready = await readyOf(program)
    program.kill('SIGHUP')
    await expectGone(program, ready)
  })

  it('a signal while a model loads is not delayed', async ({ upstream, start }) => {
    upstream.holdLoads()
    const program = start(['--json'], { env: { OLLAMA_HOST: upstream.origin } })
    await upstream.request('/api/chat')
    program.kill('SIGINT')
    expect(await program.exit).toBe(0)
    expect(program.stdout.seen.join()).not.toContain('"ready"')
  })

  it('still exits cleanly if a signal arrives twice in quick succession, as through npm', async ({
    start,
  }) => {
    const program = start(['--json', '--demo'])
    const ready = await readyOf(program)
    program.kill('SIGINT')
    program.kill('SIGTERM')
    await expectGone(program, ready)
  })

  it('a closed stdout ends it', async ({ dataDir }) => {
    const script =
      '{ "$0" dist/cli/main.js start --headless --port 0 --demo --json; echo "exit code $?" >&2; } | head -n 1'
    const env = { CLOUDTOLOCALLLM_DATA_DIR: dataDir }
    const command = ['sh', '-c', script, process.execPath] as const
    const { stderr } = await workshop.run([], { command, env }).result()
    expect(stderr).toBe('exit code 0')
  })

  // An intermediate shell does not pass on a SIGINT that is sent to it alone, which is not ours to fix.
  it.for([
    ['npm start', 'SIGTERM', 'SIGTERM', ['npm', 'start', '--silent', '--']],
    ['a shell', 'SIGTERM', 'SIGTERM', ['sh', '-c', 'node scripts/start.mjs "$@"; exit $?', 'sh']],
    ['the script', 'SIGTERM', 0, [process.execPath, 'scripts/start.mjs']],
    ['the script', 'SIGINT', 0, [process.execPath, 'scripts/start.mjs']],
  ] as const)('through %s: %s ends everything', async ([_name, signal, exit, command], { dataDir }) => {
    const args = ['--json', '--headless', '--demo', '--port', '0', '--data-dir', dataDir]
    const program = workshop.run(args, { command })
    const ready = await readyOf(program)
    program.kill(signal)
    await expect.poll(() => isListening(ready.url)).toBe(false)
    expect(await program.exit).toBe(exit)
  })

  it('Ctrl-C in a terminal reaches script and program, which exit once and cleanly', async ({ dataDir }) => {
    const args = ['--json', '--headless', '--demo', '--port', '0', '--data-dir', dataDir]
    const program = workshop.run(args, { command: [process.execPath, 'scripts/start.mjs'] })
    const ready = await readyOf(program)
    process.kill(-program.pid, 'SIGINT')
    await expectGone(program, ready)
  })

  it('is ended when its parent is killed', async ({ dataDir }) => {
    const args = ['--json', '--headless', '--demo', '--port', '0', '--data-dir', dataDir]
    const program = workshop.run(args, { command: [process.execPath, 'scripts/start.mjs'] })
    const ready = await readyOf(program)
    program.kill('SIGKILL')
    await expect.poll(() => isListening(ready.url)).toBe(false)
  })
})

describe('the data directory of start', () => {
  it('of a device that is paired with another relay is left unchanged, exit code 2', async ({
    dataDir,
    start,
  }) => {
    const identity = {
      credential: 'c',
      relayUrl: 'https://relay.example/',
      ownerId: 'o',
      deviceId: 'd',
      address: 'a'.repeat(20),
    }
    const secrets = JSON.stringify({ device: JSON.stringify(identity) })
    await writeFile(join(dataDir, 'secrets.json'), secrets)
    const { code, stderr } = await start(['--demo']).result()
    expect(code).toBe(2)
    expect(stderr).toMatch(/--data-dir.*https:\/\/relay\.example/)
    expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).toBe(secrets)
  })

  it('moves unreadable files aside with a warning, and deletes nothing', async ({ dataDir, start }) => {
    for (const name of ['settings.json', 'keys.json'])
      await writeFile(join(dataDir, name), `{"broken ${name}`)
    const program = start(['--json', '--demo'])
    await readyOf(program)
    for (const name of ['settings.json', 'keys.json']) {
      const line = program.stderr.seen.find((said) => said.includes(name)) ?? ''
      const kept = /saved as (\S+) and/.exec(line)?.[1] ?? ''
      expect(await readFile(kept, 'utf8')).toBe(`{"broken ${name}`)
    }
  })
})

describe('start without --json', () => {
  it('shows the path, the reply, the URL, the key and snippets', async ({ start, upstream }) => {
    const program = start([], { env: { OLLAMA_HOST: upstream.origin } })
    await program.stdout.next((line) => line.includes('Ctrl-C'))
    const text = program.stdout.seen.join('\n')
    const url = / URL +(\S+)/.exec(text)?.[1]
    const key = / Key +(\S+)/.exec(text)?.[1]
    expect(text).toContain('token-0')
    expect(text).toContain(`OLLAMA_HOST=${url}/k/${key} ollama run fake:latest`)
    expect(text).toContain(`baseURL: '${url}/v1', apiKey: '${key}'`)
    // oxlint-disable-next-line no-control-regex -- no colours and no cursor movements where no terminal is
    expect(text).not.toMatch(/[\u0000-\u0009\u001B]/)
    const curl = /curl http(?:[^\n]*\\\n)*[^\n]*/.exec(text)?.[0] ?? ''
    const copied = spawn('sh', ['-c', curl], { stdio: ['ignore', 'pipe', 'ignore'] })
    const answer = await copied.stdout.setEncoding('utf8').toArray()
    expect(answer.join('')).toContain('"done":true')
  })

  it('LOG_LEVEL=debug: logs on stderr, never the key', async ({ start }) => {
    const program = start(['--json', '--demo'], { env: { LOG_LEVEL: 'debug' } })
    const { key } = await readyOf(program)
    program.kill()
    const { stdout, stderr } = await program.result()
    expect(stderr.split('\n').map((line) => JSON.parse(line).msg)).toContain('relay listening')
    expect(stderr).not.toContain(key)
    for (const line of stdout.split('\n')) expect(JSON.parse(line)).toHaveProperty('event')
  })
})

describe('start in a terminal', () => {
  it('keeps one status line at the bottom, within its width, without colours', async ({ typescriptOf }) => {
    const text = await typescriptOf({ TERM: 'xterm', NO_COLOR: '1' })
    const drawn = text.split('\r\u001B[2K').slice(1)
    expect(drawn.length).toBeGreaterThan(2)
    for (const line of drawn)
      if (/^[●◌○]/.test(line)) expect(line.split(/[\r\n]/)[0]?.length).toBeLessThan(60)
    // The line is cleared above the welcome text and redrawn below it.
    expect(drawn.some((line) => /^\r?\n {2}Path/.test(line))).toBe(true)
    expect(text.replaceAll('\u001B[2K', '')).not.toContain('\u001B')
  })

  it('writes plain lines if the terminal cannot rewrite them', async ({ typescriptOf }) => {
    const text = await typescriptOf({ TERM: 'dumb' })
    expect(text).toMatch(/^◌ connecting[^\n]*\r?\n● online/m)
    expect(text).not.toContain('\u001B')
  })
})
