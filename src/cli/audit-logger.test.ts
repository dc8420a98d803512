import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { silentLogger } from '../shared/logger.ts'
import { auditLoggerFor } from './audit-logger.ts'

const dir = mkdtempSync(join(tmpdir(), 'ctl-audit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it('adds lines to a file that nobody else may read, and never begins it anew', () => {
  const file = join(dir, 'audit.log')
  for (const event of ['connect', 'disconnect'])
    auditLoggerFor(file, silentLogger).info({ audit: true, event }, 'audit')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { audit: true, event: 'connect', msg: 'audit' },
    { audit: true, event: 'disconnect' },
  ])
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('does not start without the file that it was told to write', () => {
  expect(() => auditLoggerFor(join(dir, 'nowhere', 'audit.log'), silentLogger)).toThrow(
    /^AUDIT_LOG must be a file/,
  )
})

it('is a part of the log unless told otherwise', () => {
  expect(auditLoggerFor(undefined, silentLogger)).toBe(silentLogger)
})
