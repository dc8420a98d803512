import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainText } from '../shared/plain-text.ts'
import { fitted, term, TerminalText, wrapped } from './terminal-text.ts'

describe('term', () => {
  it('keeps our styling and removes control characters from values', () => {
    const name = 'evil\u001B]52;c;aWQ=\u0007\n✓ all is well\u202E'
    expect(term`\u001B[1m${name}\u001B[0m\n`.text).toBe(
      '\u001B[1mevil\uFFFD]52;c;aWQ=\uFFFD ✓ all is well\uFFFD\u001B[0m\n',
    )
  })

  it('accepts numbers, and sanitised parts', () => {
    const part = term`\u001B[1m${'x\u0007'}\u001B[0m`
    expect(term`${7} ${part}\n`.text).toBe('7 \u001B[1mx\uFFFD\u001B[0m\n')
  })

  it('truncates long values', () => {
    expect(term`${'x'.repeat(5_000_000)}`.text).toHaveLength(2_000)
    expect(TerminalText.lines('x\n'.repeat(1_000_000)).text.length).toBeLessThan(17_000)
  })

  it('keeps the line breaks of multi-line text', () => {
    expect(TerminalText.lines('a\r\n\u001B[2Jb').text).toBe('a\n\uFFFD[2Jb')
  })
})

describe('a fitted line', () => {
  it.each([
    ['0123456789', 10, '0123456789'],
    ['0123456789', 9, '01234567…'],
    ['模型模型', 8, '模型模型'],
    ['模型模型', 7, '模型模…'],
    ['e\u0301e\u0301e\u0301', 3, 'e\u0301e\u0301e\u0301'],
    ['👍👍👍', 4, '👍…'],
  ])('%s in %i columns is %s', (text, columns, expected) => {
    expect(fitted(text, columns)).toBe(expected)
  })

  it('is never too long, never ends in half a character, and contains no control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, columns) => {
        const line = fitted(text, columns)
        expect(line.length).toBeLessThanOrEqual(columns * 16 + 1)
        expect(isPlainText(line)).toBe(true)
      }),
    )
    expect(fitted(`a${'\u0301'.repeat(100_000)}`, 10).length).toBeLessThan(100)
  })
})

describe('wrapped text', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one two', 80, ['one two']],
    ['a verylongword b', 4, ['a', 'verylongword', 'b']],
    ['日本 語', 4, ['日本', '語']],
    ['', 10, ['']],
  ])('%o in %d columns', (text, columns, lines) => expect(wrapped(text, columns)).toEqual(lines))
})
