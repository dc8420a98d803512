import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { closedAfterEach, fresh as it } from '../support/fixtures.ts'
import { Workshop } from '../support/program.ts'

const workshop = closedAfterEach(new Workshop())

/** The error of a command that is refused as wrong usage and prints nothing else. */
async function refusalOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await workshop.run(args).result()
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).not.toContain('    at ')
  return stderr
}

describe('wrong usage', () => {
  it('an empty option value is refused, since it must not remove a limit', async () => {
    const dataDir = await workshop.dataDir()
    for (const option of ['--models', '--scopes', '--expires', '--requests-per-minute', '--max-concurrent'])
      expect(await refusalOf('keys', 'create', option, '', '--data-dir', dataDir)).toBe(
        `${option} must not be empty. See: cloudtolocalllm keys create --help`,
      )
    expect(await refusalOf('keys', 'create', '--models=', '--data-dir', dataDir)).toContain('--models')
    expect(await refusalOf('relay', '--port', '')).toContain('--port must not be empty')
    expect(await readdir(dataDir)).toEqual([])
  })

  it('an empty argument is refused before anything is contacted', async () => {
    expect(await refusalOf('pair', '--relay', 'http://127.0.0.1:9', '')).toBe(
      'code must not be empty. See: cloudtolocalllm pair --help',
    )
  })

  it('every refusal points to the help of its command', async () => {
    expect(await refusalOf('foo')).toBe("unknown command 'foo'. See: cloudtolocalllm --help")
    expect(await refusalOf('keys', 'foo')).toBe("unknown command 'foo'. See: cloudtolocalllm keys --help")
    expect(await refusalOf('keys', 'crate')).toContain('(Did you mean create?)')
    expect(await refusalOf('keys', 'revoke')).toBe(
      "missing required argument 'key'. See: cloudtolocalllm keys revoke --help",
    )
    expect(await refusalOf('relay', '--nope')).toContain('See: cloudtolocalllm relay --help')
  })

  it('is one JSON line for scripts as well', async () => {
    const { code, stdout, stderr } = await workshop.run(['keys', 'create', '--nam', 'a', '--json']).result()
    const message = "unknown option '--nam' (Did you mean --name?). See: cloudtolocalllm keys create --help"
    expect([code, stderr]).toEqual([2, message])
    expect(JSON.parse(stdout)).toEqual({ event: 'error', code: 'CONFIG_INVALID', message })
  })
})

it('an error names a data directory that cannot be used, without a stack trace', async () => {
  const dataDir = await workshop.dataDir()
  await writeFile(join(dataDir, 'file'), '')
  for (const command of [
    ['keys', 'list'],
    ['jobs', 'list'],
    ['start', '--headless', '--demo', '--port', '0'],
  ])
    expect(await refusalOf(...command, '--data-dir', join(dataDir, 'file', 'inside'))).toContain(
      'cannot be used: part of the path is a file. Choose another path.',
    )
})

it.skipIf(process.platform !== 'linux')(
  'a data directory that cannot be created is an error, not an endless attempt',
  { timeout: 20_000 },
  async () => {
    for (const command of [
      ['relay', '--port', '0'],
      ['keys', 'list'],
      ['start', '--headless', '--demo', '--port', '0'],
    ])
      expect(await refusalOf(...command, '--data-dir', '/proc/not/here')).toContain(
        'cannot be used: part of the path does not exist and cannot be created. Choose another path.',
      )
  },
)

it('a relay whose certificate cannot be read ends, also with a Redis', { timeout: 20_000 }, async () => {
  const certificate = ['--tls-cert-file', '/not/here', '--tls-key-file', '/not/here']
  const redis = ['--redis-url', 'redis://127.0.0.1:1']
  const dataDir = ['--data-dir', await workshop.dataDir()]
  expect(await refusalOf('relay', '--port', '0', ...certificate, ...redis, ...dataDir)).toBe(
    'TLS_CERT_FILE must be a PEM file: /not/here cannot be read',
  )
})

it('commands at the same time on one data directory wait for each other', async () => {
  const dataDir = ['--data-dir', await workshop.dataDir()]
  const commands = [
    ['jobs', 'list'],
    ['usage', 'show'],
    ['upstream', 'remove-key'],
    ['keys', 'list'],
  ]
  const running = [...commands, ...commands].map((command) => workshop.run([...command, ...dataDir]).result())
  expect((await Promise.all(running)).map(({ code, stderr }) => [code, stderr])).toEqual(
    running.map(() => [0, '']),
  )
})

it('the API key of the model server is saved and removed, also while a bridge runs', async ({
  relay,
  upstream,
}) => {
  const dataDir = await workshop.dataDir()
  const upstreamKey = (...args: string[]) =>
    workshop
      .run(['upstream', ...args, '--data-dir', dataDir], { env: { CLOUDTOLOCALLLM_UPSTREAM_KEY: 'k' } })
      .result()
  const pairing = [
    '--relay',
    relay.url,
    '--pair',
    relay.mintPairingCode('owner'),
    '--upstream',
    upstream.origin,
  ]
  const bridge = workshop.run(['bridge', '--json', '--data-dir', dataDir, ...pairing])
  await bridge.stdout.json(({ event }) => event === 'online')
  const done = (stdout: string) => ({ code: 0, stdout, stderr: '' })
  expect(await upstreamKey('set-key')).toEqual(done(`API key saved. It is sent to ${upstream.origin} only.`))
  expect(await upstreamKey('remove-key')).toEqual(done('API key removed.'))
  expect(await upstreamKey('remove-key')).toEqual(done('No API key was saved.'))
})

it('the error for an unknown job says where to find ids, and a completed job is not retried', async ({
  relay,
  upstream,
}) => {
  const dataDir = await workshop.dataDir()
  const jobs = (...args: string[]) => workshop.run(['jobs', ...args, '--data-dir', dataDir]).result()
  expect(await jobs('pull', 'n'.repeat(600))).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/not a valid model name\. An example is llama3\.2\.$/),
  })
  for (const [action, id] of [
    ['show', 'job_x'],
    ['cancel', 'job_x'],
    ['retry', 'x'.repeat(100)],
  ] as const)
    expect(await jobs(action, id)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('No job has this id. List them: '),
    })
  const pairing = [
    '--relay',
    relay.url,
    '--pair',
    relay.mintPairingCode('owner'),
    '--upstream',
    upstream.origin,
  ]
  const bridge = workshop.run(['bridge', '--json', '--data-dir', dataDir, ...pairing])
  await bridge.stdout.json(({ event }) => event === 'online')
  const { id } = JSON.parse((await jobs('pull', 'some:model', '--json')).stdout)
  expect((await jobs('watch', id)).code).toBe(0)
  expect(await jobs('retry', id)).toEqual({
    code: 2,
    stdout: '',
    stderr: 'The job is completed, so there is nothing to retry.',
  })
  expect((await jobs('show', id)).stdout).toMatch(/^Finished {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC$/m)
})
