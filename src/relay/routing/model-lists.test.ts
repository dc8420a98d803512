import { expect, test } from 'vitest'
import { mergeLists } from './model-lists.ts'

const answer = (body: unknown, status = 200) => ({
  status,
  headers: [],
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})
const merge = (path: string, ...bodies: unknown[]) => {
  const merged = mergeLists(
    path,
    bodies.map((body) => answer(body)),
  )
  return merged && { ...merged, body: JSON.parse(merged.body) as unknown }
}

test.each(['/api/tags', '/api/ps'])('%s lists each model once, as reported by its first device', (path) => {
  const [a, b] = [
    { name: 'a:latest', size: 1 },
    { name: 'b:7b', size: 2 },
  ]
  const again = { name: 'A', size: 3 }
  expect(merge(path, { models: [a] }, { models: [again, b] })).toEqual({ body: { models: [a, b] }, count: 2 })
})

test('/v1/models preserves the fields around the list', () => {
  const [a, b] = [
    { id: 'a', object: 'model' },
    { id: 'b', object: 'model' },
  ]
  const list = (...data: object[]) => ({ object: 'list', data })
  expect(merge('/v1/models', list(a), list(b, a))).toEqual({ body: list(a, b), count: 2 })
})

test('an invalid list is ignored, and does not affect the others', () => {
  const [a, b] = [{ name: 'a' }, { name: 'b' }]
  const merged = merge('/api/tags', 'not JSON', { models: null }, { models: [a, 7, null, {}] }, [], {
    models: [b],
  })
  expect(merged).toEqual({ body: { models: [a, b] }, count: 2 })
  expect(mergeLists('/api/tags', [answer({ models: [a] }, 502)])).toBeUndefined()
  expect(mergeLists('/api/tags', [])).toBeUndefined()
})

test('an empty list is a list', () => {
  expect(merge('/api/tags', { models: [] })).toEqual({ body: { models: [] }, count: 1 })
})
