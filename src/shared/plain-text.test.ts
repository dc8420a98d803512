import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeUnprintable, isPlainText, toPlainLines, toPlainText } from './plain-text.ts'

/**
 * Characters that must not be displayed, listed independently of the code: C0, DEL, C1, direction, separators, lone
 * surrogates, invisible.
 */
const FORBIDDEN = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 33 }, (_, i) => String.fromCharCode(0x7f + i)),
  ...'\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\u061C\u2028\u2029'.split(''),
  '\uD800',
  '\uDFFF',
  '\u200B',
  '\u2060',
  '\uFEFF',
  '\u00AD',
  '\u{E0041}',
]

const anything = fc.string({ unit: 'binary' })

describe('plain text', () => {
  it.each(FORBIDDEN.map((char) => [char.codePointAt(0)?.toString(16), char]))(
    'contains no U+%s',
    (_, char) => {
      expect(toPlainText(`a${char}b`)).toMatch(/^a[ \uFFFD]b$/)
      expect(isPlainText(`a${char}b`)).toBe(false)
    },
  )

  it('keeps ordinary text unchanged', () => {
    const text = 'Größe, 模型 "نموذج" मॉडल 👩\u200D💻 می\u200Cخواهم \uFFFD'
    expect(toPlainText(text)).toBe(text)
    expect(isPlainText(text)).toBe(true)
  })

  it('is always one line; multi-line text is split at \\n only', () => {
    expect(toPlainText('a\r\nb\tc\u2028d')).toBe('a b c d')
    expect(toPlainLines('a\r\nb\u0085c\rd')).toBe('a\nb\nc\nd')
    fc.assert(fc.property(anything, (text) => isPlainText(toPlainText(text))))
    fc.assert(fc.property(anything, (text) => toPlainLines(text).split('\n').every(isPlainText)))
  })

  it('escapes JSON without changing its value', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const json = escapeUnprintable(JSON.stringify(text))
        expect(isPlainText(json)).toBe(true)
        expect(JSON.parse(json)).toBe(text)
      }),
    )
  })
})
