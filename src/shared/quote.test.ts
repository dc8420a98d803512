import { spawnSync } from 'node:child_process'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainText } from './plain-text.ts'
import { toJsonString, toJsString, toPowerShellWord, toShellWord } from './quote.ts'

const EVIL = [
  '',
  'llama3.2:latest',
  `x'; rm -rf ~ #"$(id)\`id\`\\`,
  "it's ’ ‘ ‚ ‛ quoted",
  'a\u001B]52;c;aWQ=\u0007b\u009B2J\u202Ec',
  'two\nlines\n',
  '-rf',
  '~/x',
  '!history',
  '%PATH%',
  '\u001B\n\n',
  "-n\u00071\\0\n%s'x",
  '模型 👩\u200D💻',
]
/** Every string that can be passed to a program as an argument. */
const argument = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', ''))
const examples: [string][] = EVIL.map((text) => [text])

/** The output of a real shell for these words, each terminated by NUL. */
function shellReads(words: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.join(' ')}`], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return stdout.split('\0').slice(0, -1)
}

/** Implements PowerShell's rules for single quotes (about_Quoting_Rules), `[char]` and `+`, and nothing more. */
function powerShellReads(word: string): string {
  const inner = /^\((.*)\)$/s.exec(word)?.[1] ?? word
  let rest = inner
  let value = ''
  while (rest !== '') {
    const quoted = /^['\u2018-\u201B]((?:[^'\u2018-\u201B]|['\u2018-\u201B]{2})*)['\u2018-\u201B]/.exec(rest)
    const char = /^\[char\](\d+)/.exec(rest)
    const token = (quoted ?? char)?.[0]
    if (token === undefined) throw new Error(`PowerShell would not read ${rest}`)
    value += quoted
      ? (quoted[1] ?? '').replaceAll(/(['\u2018-\u201B])['\u2018-\u201B]/g, '$1')
      : String.fromCharCode(Number(char?.[1]))
    rest = rest.slice(token.length).replace(/^\+/, '')
  }
  return value
}

describe('toShellWord', () => {
  it('is read by a real shell as exactly the value, for any number of words', () => {
    const words = fc.array(argument, { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(words, (values) => {
        expect(shellReads(values.map(toShellWord))).toEqual(values)
      }),
      { numRuns: 30, examples: [[EVIL]] },
    )
  })

  it('contains no invisible characters, and ends with a line break only if the value does', () => {
    fc.assert(
      fc.property(argument, (value) => isPlainText(toShellWord(value).replaceAll('\n', ''))),
      { examples },
    )
  })

  it('omits characters that cannot be passed to a program', () => {
    expect(shellReads([toShellWord('a\0b\uD800c')])).toEqual(['ab\uFFFDc'])
  })
})

describe('toPowerShellWord', () => {
  it('is read by PowerShell’s rules as exactly the value, without invisible characters', () => {
    fc.assert(
      fc.property(argument, (value) => {
        const word = toPowerShellWord(value)
        expect(powerShellReads(word)).toBe(value)
        expect(isPlainText(word)).toBe(true)
      }),
      { examples },
    )
  })
})

describe('toJsString and toJsonString', () => {
  it('are read by JavaScript and JSON as exactly the value, without invisible characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const literals = [toJsString(value), toJsonString(value)]
        expect(literals.map((literal) => runInNewContext(literal) as unknown)).toEqual([value, value])
        expect(JSON.parse(toJsonString(value))).toBe(value)
        expect(literals.every(isPlainText)).toBe(true)
      }),
      { examples: [...examples, [String.raw`\" \\' '"`]] },
    )
  })
})
