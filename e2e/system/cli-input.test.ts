import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { closedAfterEach, fresh as it } from '../support/fixtures.ts'
import { Workshop } from '../support/program.ts'

const workshop = closedAfterEach(new Workshop())

/** The error of a command that is refused as wrong usage, and that printed nothing else. */
async function refusalOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await workshop.run(args).result()
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).not.toContain('    at ')
  return stderr
}

describe('wrong usage', () => {
  it('an empty value of an option is refused: it must not remove a limit', async () => {
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

  it('every refusal names the help of its command', async () => {
    expect(await refusalOf('foo')).toBe("unknown command 'foo'. See: cloudtolocalllm --help")
    expect(await refusalOf('keys', 'foo')).toBe("unknown command 'foo'. See: cloudtolocalllm keys --help")
    expect(await refusalOf('keys', 'crate')).toContain('(Did you mean create?)')
    expect(await refusalOf('keys', 'revoke')).toBe(
      "missing required argument 'key'. See: cloudtolocalllm keys revoke --help",
    )
    expect(await refusalOf('relay', '--nope')).toContain('See: cloudtolocalllm relay --help')
  })
})

it('a data directory that cannot be used is named, without a stack trace', async () => {
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
