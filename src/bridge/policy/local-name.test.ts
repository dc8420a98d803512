import { expect, test } from 'vitest'
import { localNamesFor, localTargetFor } from './local-name.ts'

const desk = { id: 'd-1', name: 'Desk' }

test('only the device’s own name is stripped', () => {
  const local = localNamesFor(desk, ['llama3:latest'])
  expect(local('llama3@desk')).toBe('llama3')
  expect(local('llama3@d-1')).toBe('llama3')
  expect(local('llama3@laptop')).toBe('llama3@laptop')
})

test('a model whose real name contains the suffix keeps it', () => {
  expect(localNamesFor(desk, ['qwen@desk'])('Qwen@Desk')).toBe('Qwen@Desk')
})

test('with an older relay, names are unchanged', () => {
  expect(localNamesFor(undefined, [])('llama3@desk')).toBe('llama3@desk')
})

test.each([
  ['/v1/models/llama3@desk', '/v1/models/llama3'],
  ['/v1/models/hf.co%2Fa/b%40desk?x=%40desk', '/v1/models/hf.co/a/b?x=%40desk'],
  ['/v1/models/a%20b@laptop', '/v1/models/a%20b@laptop'],
  ['/api/tags@desk', '/api/tags@desk'],
])('%s is requested as %s', (target, local) => {
  expect(localTargetFor(target, localNamesFor(desk, []))).toBe(local)
})
