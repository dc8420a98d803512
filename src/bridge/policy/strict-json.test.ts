import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectLinear } from '../../shared/linear.test-support.ts'
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
  ['a duplicate after nested objects', '{"model":"a","o":{"x":[{"model":"b"}]},"MODEL":"c"}'],
  ['a duplicate after a string full of quotes', String.raw`{"model":"a","p":"\\\"{\\","MODEL":"c"}`],
])('a repeated deciding key is refused: %s', async (_what, text) => {
  await expect(parse(text)).rejects.toThrow(notStrict)
})

test.each([
  '{"model":"a","options":{},"Options":{}}',
  '{"model":"a","prompt":"x","prompt":"y"}',
  '{"__proto__":1,"__proto__":2,"model":"a"}',
])('other keys may occur in several spellings: %s', async (text) => {
  expect((await parse(text)).value).toEqual({ model: 'a' })
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
])('the deciding key %j is refused when it is alone but not spelled exactly', async (key) => {
  await expect(parse(JSON.stringify({ [key]: 'x' }))).rejects.toThrow(notStrict)
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
])('%j is not one JSON object', async (text) => {
  await expect(parse(text)).rejects.toThrow(notStrict)
})

test('a byte order mark is refused', async () => {
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, ...encode('{}'))
  await expect(parseStrictJson(bytes)).rejects.toThrow(notStrict)
})

test('invalid UTF-8 is refused wherever it occurs, because decoders repair it differently', async () => {
  const STEP = 256 * 1024
  for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]])
    for (const before of [0, STEP - 8, STEP - 7, STEP - 6, STEP - 5]) {
      const text = Buffer.from(`{"a":"${'x'.repeat(before)}`)
      const bytes = Buffer.concat([text, Uint8Array.from(bad), encode('"}')])
      await expect(parseStrictJson(bytes)).rejects.toThrow(notStrict)
    }
})

test('characters may span the steps in which a long body is read', async () => {
  for (const char of ['é', '漢', '😀', '\\"', '\\u00e9'])
    for (let before = 0; before < 8; before++) {
      const text = `{"p":"${'x'.repeat(before)}${char.repeat(400_000)}","model":"m"}`
      expect((await parse(text)).value).toEqual({ model: 'm' })
    }
})

test('an unpaired surrogate is refused in a name, but not in a prompt', async () => {
  await expect(parse(String.raw`{"model":"m\ud800"}`)).rejects.toThrow(notStrict)
  expect((await parse(String.raw`{"model":"m","prompt":"\ud800"}`)).value).toEqual({ model: 'm' })
})

test('whitespace around the object is accepted', async () => {
  expect((await parse(' \r\n\t{"model":"a"}\n ')).value).toEqual({ model: 'a' })
})

test('excessive nesting is refused without exhausting the stack or heap', async () => {
  await expect(parse(`{"a":${'['.repeat(5_000_000)}`)).rejects.toThrow(notStrict)
  await expect(parse(`{"a":${'{"a":'.repeat(1_000_000)}`)).rejects.toThrow(notStrict)
  await expect(parse(`{"a":${'['.repeat(200)}1${']'.repeat(200)}}`)).rejects.toThrow(notStrict)
  expect((await parse(`{"a":${'['.repeat(199)}1${']'.repeat(199)},"model":"m"}`)).value).toEqual({
    model: 'm',
  })
})

test('brackets and quotes inside strings do not count as structure', async () => {
  const value = { a: `${'['.repeat(500)}"{,:\\`, b: ['\\', '"', '\\"'], model: 'm' }
  expect((await parse(JSON.stringify(value))).value).toEqual({ model: 'm' })
})

test('a nested key may match a top-level one, because Go folds keys per object', async () => {
  const text = '{"model":"a","options":{"MODEL":"b"},"messages":[{"model":"c"}]}'
  expect((await parse(text)).value).toEqual({ model: 'a' })
})

test('objects and arrays are not parsed: {} stands for them', async () => {
  const text = `{"stream":[1],"keep_alive":{"a":1},"remote_host":"${'h'.repeat(10_000)}","model":true}`
  expect((await parse(text)).value).toEqual({ stream: {}, keep_alive: {}, remote_host: {}, model: true })
})

test.each([
  ['model', 'm'.repeat(513)],
  ['model', ':a'.repeat(5_000_000)],
  ['from', '@a'.repeat(50_000)],
  ['keep_alive', '1h'.repeat(33)],
  ['keep_alive', '1h'.repeat(5_000_000)],
])('a %s that is too long is refused and named', async (key, value) => {
  await expect(parse(JSON.stringify({ [key]: value }))).rejects.toThrow(
    expect.objectContaining({ code: 'TEXT_TOO_LONG' }),
  )
})

test.each([
  ['{"prompt":"x"}', true],
  ['{"messages":[{"role":"user"}]}', true],
  ['{"input":[""]}', true],
  [`{"messages":[${' '.repeat(100)}]}`, true],
  ['{}', false],
  ['{"prompt":""}', false],
  ['{"prompt":null,"messages":[ ],"input":{ }}', false],
  ['{"options":{"prompt":"x"}}', false],
])('%s does more than load or unload: %s', async (text, expected) => {
  expect((await parse(text)).hasWork).toBe(expected)
})

test('replacing a value leaves every other byte unchanged', async () => {
  const text = String.raw`{ "options":{"2024":1,"10":2,"9":3,"a":1,"a":2,"seed":9007199254740993.0,"x":1E+2},
    "model" : "m@desk","keep_alive":-1 ,"p":"\u00e9\/é" }`
  const json = await parse(text)
  const replaced = new TextDecoder().decode(json.replace({ model: 'm', keep_alive: null, name: 'n' }))
  expect(replaced).toBe(text.replace('"m@desk"', '"m"').replace('-1', 'null'))
  expect(new TextDecoder().decode(json.replace({}))).toBe(text)
})

describe('parsing takes linear time', () => {
  test.each<[string, (size: number) => string]>([
    ['escapes', (size) => `{"p":"${'\\\\'.repeat(size)}"}`],
    ['escaped quotes', (size) => `{"p":"${'\\"'.repeat(size)}"}`],
    ['keys', (size) => `{${'"Model1":1,'.repeat(size)}"a":1}`],
    ['nested objects', (size) => `{"a":[${'{},'.repeat(size)}1]}`],
    ['numbers', (size) => `{"a":[${'1,'.repeat(size)}1]}`],
    ['brackets', (size) => `{"a":[${'[[]],'.repeat(size)}1]}`],
    ['spaces', (size) => `{${' '.repeat(5 * size)}}`],
    ['characters', (size) => `{"a":"${'é'.repeat(2 * size)}"}`],
  ])('%s', async (_what, make) => expectLinear((size) => parse(make(size)), 30_000))
})

test('a long body does not block the event loop, and several bodies share one turn', async () => {
  const body = encode(`{"a":[${'[],'.repeat(3_000_000)}1]}`)
  const reading = Promise.all([parseStrictJson(body), parseStrictJson(body), parseStrictJson(body)])
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await reading
  isOver = true
  expect(turns).toBeGreaterThan(20)
})

const deciding = ['model', 'name', 'from', 'source', 'destination', 'stream', 'keep_alive', 'remote_host']

/** Regular expressions fold like Unicode, and so like Go: an oracle independent of the implementation. */
function foldAlike(a: string, b: string): boolean {
  const literal = Array.from(a, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`).join('')
  return new RegExp(`^${literal}$`, 'iu').test(b)
}

const accepts = (text: string): Promise<boolean> =>
  parse(text).then(
    () => true,
    () => false,
  )

function isObjectOf(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

test('accepts exactly the objects that JSON.parse accepts', async () => {
  const token = fc.constantFrom(
    ...'{ } [ ] , : " \\ 0 1 - . e E + true false null tru "a" "b" "\\u00e9" \\u12 \\n 01 1.5 -0 1e9 \u00a0 \u2028 \n \t \0 é'.split(
      ' ',
    ),
    ' ',
  )
  const mutant = fc
    .tuple(fc.json(), fc.nat(), fc.array(token, { maxLength: 2 }), fc.nat({ max: 2 }))
    .map(([json, at, tokens, cut]) => {
      const text = `{"a":${json}}`
      const from = at % (text.length + 1)
      return text.slice(0, from) + tokens.join('') + text.slice(from + cut)
    })
  const soup = fc.array(token, { maxLength: 12 }).map((tokens) => `{${tokens.join('')}}`)
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutant, soup), async (text) => {
      const wellFormed = text.toWellFormed()
      expect(await accepts(wellFormed)).toBe(isObjectOf(wellFormed))
    }),
    { numRuns: 5_000 },
  )
})

/** Every other character as a \u escape, which must make no difference. */
const escaped = (key: string) =>
  `"${Array.from({ length: key.length }, (_, at) => `\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`

test('an object is accepted exactly when each deciding key occurs once and is spelled exactly', async () => {
  const keyArb = fc.oneof(
    fc.constantFrom(
      ...deciding,
      'Model',
      'NAME',
      '\u017Ftream',
      '\u212Aeep_alive',
      'options',
      'OPTIONS',
      '__proto__',
    ),
    fc.string({ maxLength: 4 }),
  )
  const entriesArb = fc.array(fc.tuple(keyArb, fc.boolean(), fc.constantFrom('1', '"x"', 'null')), {
    maxLength: 5,
  })
  await fc.assert(
    fc.asyncProperty(entriesArb, async (entries) => {
      const members = entries.map(
        ([key, isEscaped, value]) => `${isEscaped ? escaped(key) : JSON.stringify(key)}:${value}`,
      )
      const keys = entries.map(([key]) => key)
      const counts = deciding.map((name) => keys.filter((key) => foldAlike(name, key)).length)
      const isMisspelt = keys.some((key) => deciding.some((name) => name !== key && foldAlike(name, key)))
      const isStrict = !isMisspelt && counts.every((count) => count <= 1)
      expect(await accepts(`{${members.join(',')}}`)).toBe(isStrict)
    }),
    { numRuns: 500 },
  )
})
