import { expect, test } from 'vitest'
import { localNamesFor, localTargetFor } from './local-name.ts'

const desk = { id: 'd-1', name: 'Desk' }

test('the device’s own name is taken off, and nobody else’s', () => {
  const local = localNamesFor(desk, ['llama3:latest'])
  expect(local('llama3@desk')).toBe('llama3')
  expect(local('llama3@d-1')).toBe('llama3')
  expect(local('llama3@laptop')).toBe('llama3@laptop')
})

test('a model that is really called so keeps its name', () => {
  expect(localNamesFor(desk, ['qwen@desk'])('Qwen@Desk')).toBe('Qwen@Desk')
})

test('under an older relay names stay as they are', () => {
  expect(localNamesFor(undefined, [])('llama3@desk')).toBe('llama3@desk')
})

test.each([
  ['/v1/models/llama3@desk', '/v1/models/llama3'],
  ['/v1/models/hf.co%2Fa/b%40desk?x=%40desk', '/v1/models/hf.co/a/b?x=%40desk'],
  ['/v1/models/a%20b@laptop', '/v1/models/a%20b@laptop'],
  ['/api/tags@desk', '/api/tags@desk'],
])('%s is asked for as %s', (target, local) => {
  expect(localTargetFor(target, localNamesFor(desk, []))).toBe(local)
})
