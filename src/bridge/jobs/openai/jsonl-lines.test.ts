import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf } from './jsonl-lines.ts'

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function linesIn(text: string | Uint8Array, { size = 7, max = 1_000 } = {}): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const { number, bytes } of linesOf(inChunks(Buffer.from(text), size), max))
    found.push([number, bytes === undefined ? 'too long' : Buffer.from(bytes).toString()])
  return found
}

test.each([
  [
    'LF and no end of the last line',
    'a\nbb',
    [
      [1, 'a'],
      [2, 'bb'],
    ],
  ],
  [
    'CRLF',
    'a\r\nbb\r\n',
    [
      [1, 'a'],
      [2, 'bb'],
    ],
  ],
  [
    'a byte order mark',
    '\u{FEFF}a\nb',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  ['a byte order mark alone', '\u{FEFF}\r\na', [[2, 'a']]],
  ['blank lines, which count', '\n \t\r\n\na\n\n', [[4, 'a']]],
  ['nothing', '', []],
])('lines with %s', async (_what, text, expected) => {
  for (const size of [1, 2, 3, 100]) expect(await linesIn(text, { size })).toEqual(expected)
})

test('a line that is too long is reported and skipped, however it is cut', async () => {
  const text = `ok\n${'x'.repeat(50)}\nok again\n${'y'.repeat(50)}`
  for (const size of [1, 9, 10, 11, 30, 1_000])
    expect(await linesIn(text, { size, max: 10 })).toEqual([
      [1, 'ok'],
      [2, 'too long'],
      [3, 'ok again'],
      [4, 'too long'],
    ])
})

test('lines are the same in any chunks', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '\r', ' ', '{') })
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 20 }), async (lines, size) => {
      const text = lines.join('\n')
      const expected = lines
        .map((each, at) => [at + 1, each.replace(/\r$/, '')] as const)
        .filter(([, each]) => /[^ \t]/.test(each))
      expect(await linesIn(text, { size })).toEqual(expected)
    }),
  )
})
