import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquire } from './owner-lock.ts'
import { readOwnFile, requireOwnDir } from './ownership.ts'

const SOMEBODY = 65_534
const isRoot = process.getuid?.() === 0

let root: string
let dir: string
let path: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ctl-own-'))
  dir = join(root, 'data')
  path = join(dir, 'keys.json')
  await mkdir(dir, { mode: 0o700 })
  await writeFile(path, '{}', { mode: 0o600 })
})
afterEach(() => rm(root, { recursive: true }))

describe.skipIf(process.platform === 'win32')('a data directory (POSIX modes)', () => {
  it('that only this user can write to is used, also through this user’s link', async () => {
    await chmod(dir, 0o755)
    await symlink(dir, join(root, 'link'))
    await requireOwnDir(dir)
    await requireOwnDir(join(root, 'link'))
  })

  it.each([0o770, 0o777, 0o1777, 0o702])('that others can write to is refused: %o', async (mode) => {
    await chmod(dir, mode)
    const message = `--data-dir: Other users can write to ${dir}, and could gain access. Run: chmod go-w ${dir}`
    await expect(acquire(dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message })
  })

  it.runIf(isRoot)(
    'of another user is refused, as is another user’s link (testable by root only)',
    async () => {
      const link = join(root, 'link')
      await symlink(dir, link)
      execFileSync('chown', ['-h', String(SOMEBODY), link])
      await expect(requireOwnDir(link)).rejects.toThrow(/belongs to another user \(uid 65534\)/)
      await chown(dir, SOMEBODY, SOMEBODY)
      await expect(requireOwnDir(dir)).rejects.toThrow(/belongs to another user/)
    },
  )
})

describe.skipIf(process.platform === 'win32')('a file in it (POSIX modes)', () => {
  it('is read, and made private if others could read it', async () => {
    await chmod(path, 0o644)
    expect(await readOwnFile(path, false)).toBe('{}')
    expect((await stat(path)).mode & 0o777).toBe(0o644)
    expect(await readOwnFile(path, true)).toBe('{}')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is refused if others may write to it, and left unchanged', async () => {
    await chmod(path, 0o606)
    await expect(readOwnFile(path, true)).rejects.toThrow(`Run: chmod go-w ${path}`)
    expect((await stat(path)).mode & 0o777).toBe(0o606)
  })

  it.runIf(isRoot)('is refused if another user owns it (testable by root only)', async () => {
    await chown(path, SOMEBODY, SOMEBODY)
    await expect(readOwnFile(path, true)).rejects.toThrow(/belongs to another user/)
  })

  it('is refused if it is a link, a directory or a pipe', async () => {
    await symlink(path, join(dir, 'link'))
    await expect(readOwnFile(join(dir, 'link'), true)).rejects.toThrow(/is a symbolic link/)
    await expect(readOwnFile(dir, true)).rejects.toThrow(/is not a file/)
    execFileSync('mkfifo', [join(dir, 'pipe')])
    await expect(readOwnFile(join(dir, 'pipe'), true)).rejects.toThrow(/is not a file/)
  })
})
