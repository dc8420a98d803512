import { expect, test } from 'vitest'
import { canonicalModelName, isCloudModel } from './model-name.ts'

test.each([
  'llama3',
  'LLAMA3',
  ' llama3 ',
  'llama3:latest',
  'llama3:LATEST',
  'library/llama3',
  'Library/Llama3:Latest',
  'registry.ollama.ai/library/llama3',
  'https://registry.ollama.ai/library/llama3:latest',
  'http://Registry.Ollama.AI/library/llama3',
])('%j is llama3 with its defaults filled in', (name) => {
  expect(canonicalModelName(name)).toBe('registry.ollama.ai/library/llama3:latest')
})

test.each([
  'llama3:8b',
  'someone/llama3',
  'example.com/library/llama3',
  'llama3@sha256-0123456789abcdef',
  'llama3:latest@sha256:0123456789abcdef',
  'llama3:',
  'llama3/',
  '/llama3',
  'library//llama3',
  'llama3:latest:local',
  '',
])('%j is never taken for llama3', (name) => {
  expect(canonicalModelName(name)).not.toBe(canonicalModelName('llama3'))
})

test('letters outside ASCII do not fold onto ASCII ones', () => {
  expect(canonicalModelName('\u212Aimi')).not.toBe(canonicalModelName('kimi'))
})

test('a port in the host is not a tag', () => {
  expect(canonicalModelName('localhost:5000/me/m')).toBe('localhost:5000/me/m:latest')
})

test.each([
  'glm-4.6:cloud',
  'glm-4.6:CLOUD',
  'gpt-oss:120b-cloud',
  'gpt-oss:120b-Cloud',
  'gpt-oss:120b:cloud',
  ' gpt-oss:120b-cloud ',
  'gpt-oss:120b-cloud\u0085',
  'gpt-oss: cloud',
  'registry.ollama.ai/library/gpt-oss:120b-cloud',
  'https://registry.ollama.ai/library/gpt-oss:cloud',
  'gpt-oss:120b-cloud@sha256-0123456789abcdef',
])('%j runs in the cloud', (name) => {
  expect(isCloudModel(name)).toBe(true)
})

test.each(['llama3', 'cloud', 'my-cloud', 'cloud/llama3', 'llama3:cloudy', 'llama3:clouds-8b', ''])(
  '%j runs here',
  (name) => {
    expect(isCloudModel(name)).toBe(false)
  },
)
