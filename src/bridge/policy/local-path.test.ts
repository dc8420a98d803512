import { expect, test } from 'vitest'
import { expectLinear } from '../../shared/linear.test-support.ts'
import { withoutPaths } from './local-path.ts'

const clean = (text: string) => Buffer.from(withoutPaths(Buffer.from(text))).toString()

test.each([
  ['{"parent_model":"/home/ann/models/a.gguf"}', '{"parent_model":"a.gguf"}'],
  [String.raw`{"path":"C:\\Users\\Ann\\a b.gguf"}`, '{"path":"a b.gguf"}'],
  [String.raw`{"path":"\\\\nas\\models\\a.gguf"}`, '{"path":"a.gguf"}'],
  ['["~/models/a.gguf"]', '["a.gguf"]'],
])('%s becomes %s', (text, cleaned) => {
  expect(clean(text)).toBe(cleaned)
})

test('directories are removed from the files in a Modelfile', () => {
  const modelfile = [
    '# FROM llama3.2:latest',
    '',
    'FROM /usr/share/ollama/.ollama/models/blobs/sha256-dde5aa3fc5ff',
    String.raw`ADAPTER "C:\Users\Ann\lora.gguf"`,
    'FROM hf.co/someone/model',
    'TEMPLATE """{{ .Prompt }}"""',
  ].join('\n')
  const answer = JSON.parse(clean(JSON.stringify({ modelfile }))) as { modelfile: string }
  expect(answer.modelfile.split('\n')).toEqual([
    '# FROM llama3.2:latest',
    '',
    'FROM sha256-dde5aa3fc5ff',
    'ADAPTER "lora.gguf"',
    'FROM hf.co/someone/model',
    'TEMPLATE """{{ .Prompt }}"""',
  ])
})

test.each([
  '{"n":12345678901234567890,"f":1e-05,"s":"\\u00e9\\/é","list":["/think","a/b","https://a/b","/"]}',
  '{"license":"Apache / MIT\\n/usr and so on"}',
  'no json "/',
])('%s is unchanged, byte for byte', (text) => {
  const bytes = Buffer.from(text)
  expect(withoutPaths(bytes)).toBe(bytes)
})

test('numbers around a path keep their digits', () => {
  expect(clean('{"n":12345678901234567890.0,"p":"/a/b"}')).toBe('{"n":12345678901234567890.0,"p":"b"}')
})

test.each(['"', '"\\', '"/a', '"/', '"\\\\'])('takes linear time for %j repeated', async (piece) => {
  await expectLinear((size) => withoutPaths(Buffer.from(piece.repeat(size))), 15_000)
})
