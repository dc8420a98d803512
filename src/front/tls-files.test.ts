import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CERTIFICATES } from '../../e2e/support/certificates.ts'
import { silentLogger } from '../shared/logger.ts'
import { FakeClock } from '../tunnel/fake-clock.test-support.ts'
import { TlsFiles } from './tls-files.ts'
import type { TlsPair } from './tls-source.ts'

const { first, renewed } = CERTIFICATES

let dir: string
let clock: FakeClock
let warnings: unknown[]
let seen: TlsPair[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ctl-tls-'))
  clock = new FakeClock()
  warnings = []
  seen = []
})
afterEach(() => rmSync(dir, { recursive: true }))

function put({ cert, key }: Partial<TlsPair>): void {
  if (cert !== undefined) writeFileSync(join(dir, 'cert.pem'), cert)
  if (key !== undefined) writeFileSync(join(dir, 'key.pem'), key)
}

function open(): TlsFiles {
  const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) }
  return new TlsFiles({ certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem'), clock, logger })
}

it('refuses to start with an invalid pair, naming the setting and never the key', () => {
  expect(open).toThrow(/^TLS_CERT_FILE must be a PEM file: .*cert\.pem cannot be read$/)
  put({ cert: first.cert, key: renewed.key })
  expect(open).toThrow('TLS_CERT_FILE and TLS_KEY_FILE must be a pair in PEM')
})

it('reports a renewed pair once, and neither a half-written nor a damaged one', () => {
  put(first)
  const files = open()
  files.watch((pair) => seen.push(pair))
  clock.advance(10_000)
  put({ key: renewed.key })
  clock.advance(10_000)
  put({ cert: 'damaged' })
  clock.advance(10_000)
  expect(seen).toEqual([])
  expect(warnings).toHaveLength(2)
  expect(files.pair).toEqual(first)
  put(renewed)
  clock.advance(10_000)
  expect(seen).toEqual([renewed])
  expect(files.pair).toEqual(renewed)
  files.close()
  expect(clock.pendingTimers).toBe(0)
})

it('tolerates files that are missing for a moment', () => {
  put(first)
  const files = open()
  files.watch((pair) => seen.push(pair))
  rmSync(join(dir, 'cert.pem'))
  clock.advance(2_000)
  put(renewed)
  clock.advance(2_000)
  expect(seen).toEqual([renewed])
  files.close()
})
