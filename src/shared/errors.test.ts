import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError, ERRORS, type ErrorEntry, toAppError } from './errors.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CODES = Object.keys(ERRORS)
const ENTRIES = Object.entries(ERRORS) as [string, ErrorEntry][]

/** Rows of docs/errors.md: code, kind, retry, HTTP status, close code, meaning, what to do. */
const rows = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => /^`[A-Z_]+`$/.test(cells[1] ?? ''))
  .map(([, code = '', ...rest]) => ({ code: code.replaceAll('`', ''), rest }))

describe('docs/errors.md', () => {
  it('has every code of the table once, in its order, and no other', () => {
    expect(rows.map(({ code }) => code)).toEqual(CODES)
  })

  it.each(rows)('says of $code what the table says', ({ code, rest }) => {
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
  it('gives every close code to one error: the bridge decides by it alone', () => {
    const closeCodes = ENTRIES.flatMap(([, { closeCode }]) => closeCode ?? [])
    expect(new Set(closeCodes).size).toBe(closeCodes.length)
    expect(closeCodes.filter((code) => code < 4000 || code > 4999)).toEqual([])
  })

  it('has no code that nothing reports', () => {
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

  it('speaks to people in whole sentences', () => {
    const broken = ENTRIES.filter(([, { text }]) => !/^[A-Z].*[\w.?…>]$/su.test(text))
    expect(broken).toEqual([])
  })
})

describe('toAppError', () => {
  it('keeps an AppError as it is, whatever code was meant for strangers', () => {
    const error = new AppError('OFFLINE')
    expect(toAppError(error, 'INTERNAL')).toBe(error)
  })

  it('keeps what was thrown as the cause, and never says nothing', () => {
    const cause = new Error('')
    const error = toAppError(cause, 'UPSTREAM_FAILED')
    expect(error).toMatchObject({ code: 'UPSTREAM_FAILED', cause, message: ERRORS.UPSTREAM_FAILED.text })
    expect(toAppError('a string').message).toBe(ERRORS.INTERNAL.text)
  })
})
