import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { VERSION } from '../../src/shared/version.ts'
import { Workshop, type ProgramOptions } from '../support/program.ts'

const workshop = new Workshop()
afterAll(() => workshop.close())

function resultOf(args: readonly string[], options?: ProgramOptions) {
  return workshop.run(args, options).result()
}

describe.concurrent('wrong usage', () => {
  it.each([
    ['an unknown command', ['strat'], /unknown command 'strat'.*start/],
    ['an unknown option', ['start', '--prot', '1'], /--prot.*--port/],
    ['a value that is missing', ['start', '--port'], /--port/],
    ['an argument too many', ['start', 'now'], /now/],
    ['a port that is none', ['start', '--port', 'abc', '--demo'], /--port.*0 to 65535/],
    ['a port out of range', ['relay', '--port', '65536'], /--port.*0 to 65535/],
    ['an upstream that is no URL', ['start', '--upstream', 'ftp://x'], /--upstream/],
    ['a public URL that is none', ['relay', '--public-url', 'here'], /--public-url/],
    ['a relay over plain http', ['bridge', '--relay', 'http://example.com', '--pair', 'x'], /--relay.*https/],
    ['the same without a code', ['bridge', '--relay', 'http://example.com'], /--relay.*https/],
    ['a code without its relay', ['bridge', '--pair', 'x'], /--relay/],
    ['pairing without a relay', ['pair', 'code'], /--relay/],
    ['a bridge that is not paired', ['bridge'], /pair --relay/],
    ['a key before pairing', ['keys', 'create'], /pair --relay/],
    ['a scope that does not exist', ['keys', 'create', '--scopes', 'all'], /--scopes.*"all"/],
    ['an expiry that is none', ['keys', 'create', '--expires', 'soon'], /--expires.*"soon"/],
    ['a limit that is no number', ['keys', 'create', '--max-concurrent', 'x'], /--max-concurrent/],
    ['a key that does not exist', ['keys', 'revoke', 'nobody'], /keys list/],
  ])('%s: exit code 2 and one line that says what to change', async (_case, args, line) => {
    const env = { CLOUDTOLOCALLLM_DATA_DIR: await workshop.dataDir() }
    const { code, stdout, stderr } = await resultOf(args, { env })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(line)
    expect(stderr).not.toContain('\n')
  })

  it('is printed for scripts with the code of the error table', async () => {
    const { code, stdout } = await resultOf(['start', '--port', 'abc', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      event: 'error',
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('--port'),
    })
  })

  it('without a command prints the help', async () => {
    const { code, stderr } = await resultOf([])
    expect(code).toBe(2)
    for (const command of ['start', 'relay', 'bridge', 'pair', 'keys', 'doctor'])
      expect(stderr).toContain(`  ${command} `)
  })
})

describe.concurrent('a port that is taken', () => {
  it.each([['start', '--demo'], ['relay']])('%s: exit code 2, naming --port', async (...command) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const port = String((other.address() as AddressInfo).port)
    const args = [...command, '--port', port, '--data-dir', await workshop.dataDir()]
    const { code, stderr } = await resultOf(args)
    other.close()
    expect(code).toBe(2)
    expect(stderr).toMatch(/--port/)
  })
})

describe.concurrent('environment variables', () => {
  it.each([
    ['PORT', ['relay'], 'abc', /PORT must be/],
    ['PORT', ['start', '--demo'], 'abc', /PORT must be/],
    ['PUBLIC_URL', ['relay'], 'here', /PUBLIC_URL must be/],
    ['LOG_LEVEL', ['relay'], 'loud', /LOG_LEVEL must be/],
    ['CLOUDTOLOCALLLM_UPSTREAM', ['start'], 'ftp://x', /upstream/i],
    ['CLOUDTOLOCALLLM_RELAY', ['bridge'], 'http://example.com', /--relay/],
    ['CLOUDTOLOCALLLM_PAIR', ['bridge'], 'x', /--relay/],
    ['CLOUDTOLOCALLLM_NAME', ['bridge'], 'x'.repeat(101), /CLOUDTOLOCALLLM_NAME/],
    ['CLOUDTOLOCALLLM_KEY_NAME', ['keys', 'create'], 'x'.repeat(101), /--name/],
    ['CLOUDTOLOCALLLM_KEY_SCOPES', ['keys', 'create'], 'all', /--scopes/],
    ['CLOUDTOLOCALLLM_KEY_EXPIRES', ['keys', 'create'], 'soon', /--expires/],
    ['CLOUDTOLOCALLLM_KEY_REQUESTS_PER_MINUTE', ['keys', 'create'], 'x', /--requests-per-minute/],
    ['CLOUDTOLOCALLLM_KEY_MAX_CONCURRENT', ['keys', 'create'], 'x', /--max-concurrent/],
  ])('%s is read and checked like its option (%j)', async (name, args, value, line) => {
    const env = { CLOUDTOLOCALLLM_DATA_DIR: await workshop.dataDir(), [name]: value }
    const { code, stderr } = await resultOf(args, { env })
    expect(stderr).toMatch(line)
    expect(code).toBe(2)
  })

  it('count as unset while they are empty', async () => {
    const empty = {
      PORT: '',
      CLOUDTOLOCALLLM_UPSTREAM: '',
      CLOUDTOLOCALLLM_RELAY: '',
      CLOUDTOLOCALLLM_PAIR: '',
      LOG_LEVEL: '',
    }
    const env = { ...empty, CLOUDTOLOCALLLM_DATA_DIR: await workshop.dataDir() }
    const { stderr } = await resultOf(['bridge'], { env })
    expect(stderr).toMatch(/not paired/)
  })
})

describe.concurrent('help', () => {
  it.each(['start', 'relay', 'bridge', 'pair', 'keys create', 'keys list', 'keys revoke', 'doctor'])(
    '%s: names the variable of every option',
    async (command) => {
      const { code, stdout } = await resultOf([...command.split(' '), '--help'])
      expect(code).toBe(0)
      const [, ...options] = stdout.replaceAll(/\n {6,}/g, ' ').split(/\n {2}(?=--)/)
      expect(options.at(-1)).toMatch(/^--json/)
      for (const option of options.slice(0, -1)) expect(option).toMatch(/env: [A-Z_]+/)
    },
  )

  it('prints the version', async () => {
    expect(await resultOf(['--version'])).toEqual({ code: 0, stdout: VERSION, stderr: '' })
  })
})

describe.concurrent('npx in a checkout', () => {
  it('finds the program without a network', async () => {
    const env = { npm_config_offline: 'true', npm_config_cache: await workshop.dataDir() }
    const { stdout } = await resultOf(['cloudtolocalllm', '--version'], { env, command: ['npx'] })
    expect(stdout.trim()).toBe(VERSION)
  })
})
