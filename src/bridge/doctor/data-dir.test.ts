import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acquire } from '../data-dir/owner-lock.ts'
import { inTerminal } from './check-text.test-support.ts'
import { assessDataDir, occupancyOf } from './data-dir.ts'

test('a directory is reported as absent, free, locked and free again, and never modified', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'ctl-doctor-'))
  expect(await occupancyOf(join(parent, 'new'))).toEqual({ kind: 'absent' })
  expect(await occupancyOf(parent)).toEqual({ kind: 'nobody' })
  expect(await readdir(parent)).toEqual([])
  const holder = await acquire(parent)
  const held = await occupancyOf(parent)
  expect(held).toMatchObject({ kind: 'held', holder: { pid: process.pid } })
  expect(inTerminal(assessDataDir(parent, held)).detail).toContain(`process ${process.pid}`)
  await holder.close()
  expect(await occupancyOf(parent)).toEqual({ kind: 'nobody' })
})

test('an owner process that does not respond is a warning, not a failure', () => {
  expect(inTerminal(assessDataDir('/d', { kind: 'silent' }))).toMatchObject({
    level: 'warn',
    fix: expect.any(String),
  })
})
