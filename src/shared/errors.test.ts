import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCase } from './error-cases.ts'
import type { ErrorEntry } from './error-entry.ts'
import { AppError, type ErrorCode, ERRORS, errorWords, toAppError } from './errors.ts'
import { wordsFor } from './words.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CODES = Object.keys(ERRORS)
const ENTRIES = Object.entries(ERRORS) as [string, ErrorEntry][]

/** Commands, options, environment variables and system error codes. */
const TECHNICAL = /npx |--[a-z]|\b[A-Z]{2,}_[A-Z_]{2,}|\bE[A-Z]{4,}\b/

/** Rows of docs/errors.md: code, kind, retry, HTTP status, close code, meaning, what to do. */
const rows = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => /^`[A-Z_]+`$/.test(cells[1] ?? ''))
  .map(([, code = '', ...rest]) => ({ code: code.replaceAll('`', ''), rest }))

describe('docs/errors.md', () => {
  it('lists every code of the table once, in the same order, and no others', () => {
    expect(rows.map(({ code }) => code)).toEqual(CODES)
  })

  it.each(rows)('documents $code as in the table', ({ code, rest }) => {
    const { kind, retry, status, closeCode } = ERRORS[code as keyof typeof ERRORS] as ErrorEntry
    const [saidKind, saidRetry, saidStatus, saidCloseCode, meaning, remedy] = rest
    expect([saidKind, saidRetry]).toEqual([kind, retry])
    expect([saidStatus, saidCloseCode]).toEqual([String(status ?? '–'), String(closeCode ?? '–')])
    expect(meaning).toMatch(/\w/)
    expect(remedy).toMatch(/\w/)
  })
})

describe('docs/protocol.md', () => {
  it('lists every close code, with the name of its error', () => {
    const section = readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8').split('## Close codes')[1] ?? ''
    const listed = [...section.matchAll(/^\| ([\d, ]+) \| ([A-Z_, ]+) \|/gm)].flatMap(
      ([, codes = '', names = '']) => {
        const closeCodes = codes.split(', ').map(Number)
        return names.split(', ').map((name, i) => [name, closeCodes[i]] as const)
      },
    )
    const ours = ENTRIES.flatMap(([code, { closeCode }]) =>
      closeCode === undefined ? [] : [[code, closeCode] as const],
    )
    expect(new Map(listed)).toEqual(new Map(ours))
  })
})

describe('the error table', () => {
  it('assigns each close code to one error, since the bridge decides by it alone', () => {
    const closeCodes = ENTRIES.flatMap(([, { closeCode }]) => closeCode ?? [])
    expect(new Set(closeCodes).size).toBe(closeCodes.length)
    expect(closeCodes.filter((code) => code < 4000 || code > 4999)).toEqual([])
  })

  it('contains no unused code', () => {
    const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter(
        (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== join('shared', 'errors.ts'),
      )
      .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
      .join('\n')
    expect(
      CODES.filter((code) => !source.includes(`'${code}'`) && !source.includes(`ERRORS.${code}`)),
    ).toEqual([])
  })

  it.each(CODES as ErrorCode[])('%s: whole sentences, in the terminal and in the app', (code) => {
    const { cli, app } = { cli: wordsFor(errorWords(code), 'cli'), app: wordsFor(errorWords(code), 'app') }
    expect(cli).toMatch(/^[A-Z].*[\w.?…>)]$/su)
    expect(app).toMatch(/^[A-Z].{10,}[.?…]$/su)
    expect(app).not.toMatch(TECHNICAL)
  })

  it('contains the time to retry only if a retry may succeed', () => {
    expect(
      ENTRIES.filter(([, { retry, retryAfterS }]) => retryAfterS !== undefined && retry === 'never'),
    ).toEqual([])
  })
})

describe('toAppError', () => {
  it('returns an AppError unchanged, whatever code is given for other errors', () => {
    const error = new AppError('OFFLINE')
    expect(toAppError(error, 'INTERNAL')).toBe(error)
  })

  it('keeps the thrown value as the cause, and always has a message', () => {
    const cause = new Error('')
    const error = toAppError(cause, 'UPSTREAM_FAILED')
    expect(error).toMatchObject({ code: 'UPSTREAM_FAILED', cause, message: ERRORS.UPSTREAM_FAILED.text })
    expect(toAppError('a string').message).toBe(ERRORS.INTERNAL.text)
  })

  it('keeps system messages out of the app', () => {
    const error = toAppError(new Error('EACCES: permission denied, open /data'))
    expect(error.message).toBe('EACCES: permission denied, open /data')
    expect(wordsFor(error.words, 'app')).toBe(ERRORS.INTERNAL.text)
  })
})

describe('AppError', () => {
  it('has the table’s advice and retry time unless overridden', () => {
    expect(new AppError('OFFLINE')).toMatchObject({ retryAfterS: ERRORS.OFFLINE.retryAfterS })
    expect(new AppError('OFFLINE', undefined, { retryAfterS: 7 }).retryAfterS).toBe(7)
    expect(new AppError('KEY_NOT_FOUND').message).toContain('cloudtolocalllm keys list')
  })

  it('has a text for the window in any case: that of the case, or the table’s', () => {
    const plain = new AppError('KEY_NOT_FOUND', 'No key "x".')
    expect([plain.message, wordsFor(plain.words, 'cli')]).toEqual(['No key "x".', 'No key "x".'])
    expect(wordsFor(plain.words, 'app')).toBe(wordsFor(errorWords('KEY_NOT_FOUND'), 'app'))
    const words = errorCase('case.dataDir.socket', { dir: '/x' })
    const keyed = new AppError('CONFIG_INVALID', words)
    expect([keyed.message, keyed.words]).toEqual([wordsFor(words, 'cli'), words])
  })
})
