import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { maskText, SecretMask } from './secret-mask.ts'

const SECRET = 'sk-abcabd'
const masked = async (chunks: readonly string[]) =>
  (
    await buffer(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(new SecretMask(SECRET)))
  ).toString()

test('a secret is masked wherever it is split, and everything else passes', async () => {
  const text = `a${SECRET}b sk-abcab ${SECRET}${SECRET}`
  for (let at = 0; at <= text.length; at++)
    expect(await masked([text.slice(0, at), text.slice(at)])).toBe('a*********b sk-abcab ******************')
  expect(await masked(text.split(''))).toBe('a*********b sk-abcab ******************')
  expect(await masked(['sk-abca'])).toBe('sk-abca')
})

test('a chunk that cannot begin the secret is not delayed', () => {
  const mask = new SecretMask(SECRET)
  mask.write('data: {"x":1}\n\n')
  expect(String(mask.read())).toBe('data: {"x":1}\n\n')
})

test('a header is masked, too', () => {
  expect(maskText(`x ${SECRET}`, SECRET)).toBe('x *********')
})
