import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { silentLogger } from '../shared/logger.ts'
import { auditLoggerFor } from './audit-logger.ts'

const dir = mkdtempSync(join(tmpdir(), 'ctl-audit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it('appends to a file that no other user can read, and never truncates it', () => {
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

it('does not start if the configured file cannot be written', () => {
  expect(() => auditLoggerFor(join(dir, 'nowhere', 'audit.log'), silentLogger)).toThrow(
    /^AUDIT_LOG must be a writable file/,
  )
})

it('is part of the log unless configured otherwise', () => {
  expect(auditLoggerFor(undefined, silentLogger)).toBe(silentLogger)
})
