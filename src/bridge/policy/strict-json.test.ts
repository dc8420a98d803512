import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStrictJson } from './strict-json.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const parse = (text: string) => parseStrictJson(encode(text))
const notStrict: unknown = expect.objectContaining({ code: 'BODY_NOT_STRICT' })

test.each([
  ['another case', '{"model":"allowed","MODEL":"secret"}'],
  ['another case first', '{"Model":"secret","model":"allowed"}'],
  ['the same key twice', '{"model":"allowed","model":"secret"}'],
  ['an escaped twin', String.raw`{"model":"allowed","m\u006fdel":"secret"}`],
  ['an escaped upper-case twin', String.raw`{"model":"allowed","\u004dODEL":"secret"}`],
  ['a long s', '{"source":"allowed","\u017Fource":"secret"}'],
  ['an escaped long s', String.raw`{"source":"allowed","\u017fource":"secret"}`],
  ['a Kelvin sign', '{"keep_alive":"5m","\u212Aeep_alive":0}'],
  ['a twin that decides nothing', '{"model":"a","options":{},"Options":{}}'],
  ['a twin __proto__', '{"__proto__":1,"__proto__":2}'],
  ['a twin behind nested objects', '{"model":"a","o":{"x":[{"model":"b"}]},"MODEL":"c"}'],
  ['a twin behind a string full of quotes', String.raw`{"model":"a","p":"\\\"{\\","MODEL":"c"}`],
])('a repeated key is refused: %s', (_what, text) => {
  expect(() => parse(text)).toThrow(notStrict)
})

test.each([
  'Model',
  'NAME',
  'fRom',
  '\u017Fource',
  'Destination',
  'Stream',
  '\u017Ftream',
  '\u212Aeep_alive',
])('the deciding key %j is refused when it is alone but not spelled exactly', (key) => {
  expect(() => parse(JSON.stringify({ [key]: 'x' }))).toThrow(notStrict)
})

test.each([
  '',
  ' ',
  '[]',
  '[{"model":"a"}]',
  '"text"',
  '1',
  'null',
  '{',
  '{"a":1',
  '{"a":"',
  String.raw`{"a":"\"`,
  '{"a":1}x',
  '{"a":1}{"model":"b"}',
  '{"a":1}\n{"model":"b"}',
  '{"a":1}\0',
  "{'a':1}",
  '{a:1}',
  '{"a":1,}',
  '{"a":01}',
  '{"a":NaN}',
  '{"a":"\n"}',
  '{/**/"a":1}',
  '\u00a0{"a":1}',
])('%j is not one JSON object', (text) => {
  expect(() => parse(text)).toThrow(notStrict)
})

test('a byte order mark is refused', () => {
  expect(() => parseStrictJson(Uint8Array.of(0xef, 0xbb, 0xbf, ...encode('{}')))).toThrow(notStrict)
})

test('UTF-8 that decoders mend in different ways is refused', () => {
  for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]])
    expect(() => parseStrictJson(Uint8Array.of(...encode('{"a":"'), ...bad, ...encode('"}')))).toThrow(
      notStrict,
    )
})

test('whitespace around the object is fine', () => {
  expect(parse(' \r\n\t{"a":1}\n ').value).toEqual({ a: 1 })
})

test('hostile nesting and hostile numbers of values end in a refusal, not in a full stack or heap', () => {
  expect(() => parse(`{"a":${'['.repeat(5_000_000)}`)).toThrow(notStrict)
  expect(() => parse(`{"a":${'{"a":'.repeat(1_000_000)}`)).toThrow(notStrict)
  expect(() => parse(`{"a":[${'{},'.repeat(1_000_001)}{}]}`)).toThrow(notStrict)
  const deep = `{"a":${'['.repeat(199)}1${']'.repeat(199)}}`
  expect(new TextDecoder().decode(parse(deep).serialize())).toBe(deep)
})

test('brackets and quotes inside strings do not count as structure', () => {
  const value = { a: `${'['.repeat(500)}"{,:\\`, b: ['\\', '"', '\\"'], model: 'm' }
  expect(parse(JSON.stringify(value)).value).toEqual(value)
})

test('a nested key may look like a top-level one: Go folds each object by itself', () => {
  expect(parse('{"model":"a","options":{"MODEL":"b"},"messages":[{"model":"c"}]}').value).toBeDefined()
})

test('a long string does not cost quadratic time', () => {
  const text = JSON.stringify({ model: 'm', images: ['A'.repeat(8_000_000), '\\'.repeat(4_000_000)] })
  expect(parse(text).value['model']).toBe('m')
})

test.each(['9007199254740993', '1e400', '-0', '1.10', '1E+2', '0.1000000000000000055511151231257827'])(
  'the number %s comes out as it went in',
  (number) => {
    const text = `{"model":"m","options":{"seed":${number},"list":[${number}]}}`
    expect(new TextDecoder().decode(parse(text).serialize())).toBe(text)
  },
)

const keyArb = fc.oneof(
  fc.constantFrom(
    'model',
    'Model',
    'name',
    'options',
    'OPTIONS',
    'task',
    'TA\u017Fk',
    'tas\u212A',
    '__proto__',
    'x',
  ),
  fc.string({ maxLength: 4 }),
)
const numberArb = fc.oneof(
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
)
const valueArb = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    numberArb,
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc.tuple(fc.string(), tie('value')).map(([key, value]) => `{${JSON.stringify(key)}:${value}}`),
  ),
})).value

/** Every other character as a \u escape, which must make no difference. */
const escaped = (key: string) =>
  `"${Array.from({ length: key.length }, (_, at) => `\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`

/** Regular expressions fold as Unicode, and so Go, does: an oracle of another kind than the code's own. */
function foldAlike(a: string, b: string): boolean {
  const literal = Array.from(a, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`).join('')
  return new RegExp(`^${literal}$`, 'iu').test(b)
}

const numbersIn = (json: string) =>
  json
    .replace(/"(?:\\.|[^"\\])*"/g, '""')
    .match(/-?\d[\d.eE+-]*/g)
    ?.sort() ?? []

/** The numbers of what would be forwarded, in any order. */
function forwardedNumbers(text: string): string[] | 'refused' {
  try {
    return numbersIn(new TextDecoder().decode(parse(text).serialize()))
  } catch {
    return 'refused'
  }
}

test('an object is accepted exactly when no two of its keys fold alike, and keeps its numbers', () => {
  const deciding = ['model', 'name', 'from', 'source', 'destination', 'stream', 'keep_alive']
  const entriesArb = fc.array(fc.tuple(keyArb, fc.boolean(), valueArb), { maxLength: 6 })
  fc.assert(
    fc.property(entriesArb, (entries) => {
      const members = entries.map(
        ([key, isEscaped, value]) => `${isEscaped ? escaped(key) : JSON.stringify(key)}:${value}`,
      )
      const text = `{${members.join(',')}}`
      const keys = entries.map(([key]) => key)
      const hasTwins = keys.some((key, at) => keys.slice(at + 1).some((other) => foldAlike(key, other)))
      const isMisspelt = keys.some((key) => deciding.some((name) => name !== key && foldAlike(name, key)))
      expect(forwardedNumbers(text)).toEqual(hasTwins || isMisspelt ? 'refused' : numbersIn(text))
    }),
    { numRuns: 500 },
  )
})
