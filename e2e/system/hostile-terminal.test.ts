import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { isPlainText } from '../../src/shared/plain-text.ts'
import { closedAfterEach, fresh as it } from '../support/fixtures.ts'
import { Workshop } from '../support/program.ts'

/** Sets the clipboard, clears the screen, forges a line, and turns the reading direction. */
const EVIL = `evil\u001B]52;c;aWQ=\u0007\u009B2J\n✓ forged\u202E'; touch pwned; "$(id)" #`
const TOKEN = 'a-token-of-the-operator'

const workshop = closedAfterEach(new Workshop())

describe('a model server', () => {
  it.for(['words', 'json'])(
    'cannot control the terminal with a model name (%s)',
    async (form, { upstream, dataDir }) => {
      upstream.models = [EVIL]
      const args = [
        'start',
        '--port',
        '0',
        '--headless',
        '--data-dir',
        dataDir,
        '--upstream',
        upstream.origin,
      ]
      const program = workshop.run([...args, ...(form === 'json' ? ['--json'] : [])])
      await program.stdout.next((line) => /Ctrl-C stops|"event":"ready"/.test(line))
      program.kill()
      await program.exit
      const lines = [...program.stdout.seen, ...program.stderr.seen]
      expect(lines.filter((line) => !isPlainText(line))).toEqual([])
      expect(lines.filter((line) => line.startsWith('✓ forged'))).toEqual([])
    },
  )
})

describe('a secret on a command line', () => {
  it('is used, with a warning that names the alternative', async ({ dataDir }) => {
    const args = ['relay', '--port', '0', '--data-dir', dataDir]
    const warned = workshop.run([...args, '--operator-token', TOKEN])
    await warned.stdout.next((line) => line.includes('listening at'))
    warned.kill()
    const { stderr } = await warned.result()
    expect(stderr).toMatch(
      /^--operator-token: other users .* --operator-token-file or OPERATOR_TOKEN instead\.$/,
    )
    expect(stderr).not.toContain(TOKEN)
  })

  it('may be in a file or come from standard input, without a warning', async ({ dataDir }) => {
    const file = join(dataDir, 'token')
    await writeFile(file, `${TOKEN}\n`, { mode: 0o600 })
    const quiet = workshop.run(['relay', '--port', '0', '--data-dir', dataDir, '--operator-token-file', file])
    const line = await quiet.stdout.next((text) => text.includes('listening at'))
    const [url = ''] = /http:\S+/.exec(line) ?? []
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await fetch(`${url}/metrics`, { headers })).status).toBe(200)
    quiet.kill()
    expect((await quiet.result()).stderr).toBe('')
  })

  it('of another device is read from a file, and refused if it is invalid', async ({ dataDir }) => {
    const file = join(dataDir, 'key')
    await writeFile(file, 'ctl_x_y\n')
    const create = ['keys', 'create', '--data-dir', dataDir]
    for (const [place, text] of [
      [file, /Pair|pair/],
      ['-', /^--key-file: standard input is empty$/],
      ['/nowhere', /^--key-file: \/nowhere cannot be read$/],
    ] as const)
      expect((await workshop.run([...create, '--key-file', place]).result()).stderr).toMatch(text)
    const { stderr } = await workshop.run([...create, '--key', 'ctl_x_y']).result()
    expect(stderr).toMatch(/^--key: other users .* --key-file/)
  })
})

describe.skipIf(process.platform === 'win32')('a data directory that others may write (POSIX modes)', () => {
  it.for([
    ['relay', ['relay', '--port', '0']],
    ['bridge', ['bridge']],
    ['start', ['start', '--port', '0', '--demo', '--headless']],
    ['keys', ['keys', 'list']],
  ] as const)('is refused by %s in one line that says what to run', async ([_name, args], { dataDir }) => {
    await chmod(dataDir, 0o777)
    const { code, stderr } = await workshop.run([...args, '--data-dir', dataDir]).result()
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `--data-dir: Other users can write to ${dataDir}, and could gain access. Run: chmod go-w ${dataDir}`,
    })
  })

  it('is found by doctor', async ({ dataDir }) => {
    await chmod(dataDir, 0o777)
    const { stdout } = await workshop.run(['doctor', '--data-dir', dataDir]).result()
    expect(stdout).toContain(`Run: chmod go-w ${dataDir}`)
  })
})
