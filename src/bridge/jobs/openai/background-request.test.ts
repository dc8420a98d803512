import { expect, test } from 'vitest'
import { backgroundRequestIn, mayBeBackground } from './background-request.ts'

const read = (text: string) => backgroundRequestIn(Buffer.from(text))
const bodyOf = async (text: string) => Buffer.from((await read(text))?.body ?? []).toString()

test.each([
  ['{"background":true}', '{"stream":true}'],
  ['{"model":"m","background":true}', '{"model":"m","stream":true}'],
  ['{"background" : true , "model":"m"}', '{"stream":true , "model":"m"}'],
  ['{"background":true,"stream":false,"model":"m"}', '{"stream":true,"model":"m"}'],
  ['{"stream":true, "background": true}', '{"stream":true}'],
  [
    '{"model":"m","stream":false , "background": true ,"a":{"background":1}}',
    '{"model":"m","stream":true , "a":{"background":1}}',
  ],
  ['{"background":true\n,\n"stream":null}', '{\n"stream":true}'],
])('%s becomes %s for the model server', async (text, body) => {
  expect(await bodyOf(text)).toBe(body)
  expect(() => JSON.parse(body)).not.toThrow()
})

test.each([
  '{}',
  '{"background":false}',
  '{"background":"true"}',
  '{"a":{"background":true}}',
  '{"background":1}',
])('%s is an ordinary request', async (text) => {
  expect(await read(text)).toBeUndefined()
})

test('only a body with the key is looked at', () => {
  expect(mayBeBackground(Buffer.from('{"background":true}'))).toBe(true)
  expect(mayBeBackground(Buffer.from('{"input":"background"}'))).toBe(true)
  expect(mayBeBackground(Buffer.from('{"input":"in the background"}'))).toBe(false)
})

test('a key that parsers read differently is refused', async () => {
  await expect(read('{"background":true,"background":false}')).rejects.toThrow(
    expect.objectContaining({ code: 'BODY_NOT_STRICT' }),
  )
})

test('metadata is read, within its limits', async () => {
  expect((await read('{"background":true,"metadata":{"a":"b"}}'))?.metadata).toEqual({ a: 'b' })
  expect((await read('{"background":true,"metadata":null}'))?.metadata).toBeNull()
  for (const metadata of ['7', '{"a":1}', `{"a":"${'x'.repeat(600)}"}`])
    await expect(read(`{"background":true,"metadata":${metadata}}`)).rejects.toThrow(
      expect.objectContaining({ status: 400, param: 'metadata' }),
    )
})
