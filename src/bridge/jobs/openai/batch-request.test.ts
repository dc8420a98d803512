import { expect, test } from 'vitest'
import { parseBatchOrder } from './batch-request.ts'

const ORDER = { input_file_id: 'file-1', endpoint: '/v1/embeddings', completion_window: '24h' }
const parse = (more: object = {}) => parseBatchOrder(Buffer.from(JSON.stringify({ ...ORDER, ...more })))

test('an order as the packages send it', () => {
  expect(
    parse({ metadata: { a: 'b' }, output_expires_after: { anchor: 'created_at', seconds: 3600 } }),
  ).toEqual({
    inputFileId: 'file-1',
    endpoint: '/v1/embeddings',
    completionWindow: '24h',
    windowS: 86_400,
    metadata: { a: 'b' },
    outputExpiresS: 3_600,
  })
  expect(parse({ metadata: null, output_expires_after: null })).toMatchObject({
    metadata: null,
    outputExpiresS: null,
  })
  expect(parse({ completion_window: '7d' }).windowS).toBe(604_800)
})

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))

test.each([
  ['input_file_id', undefined, 'missing_required_parameter'],
  ['input_file_id', 7, 'invalid_value'],
  ['endpoint', undefined, 'missing_required_parameter'],
  ['endpoint', '/v1/moderations', 'invalid_value'],
  ['completion_window', undefined, 'missing_required_parameter'],
  ['completion_window', 24, 'invalid_value'],
  ['completion_window', '721h', 'invalid_value'],
  ['completion_window', '0h', 'invalid_value'],
  ['metadata', 'x', 'invalid_value'],
  ['metadata', pairs(17), 'invalid_value'],
  ['metadata', { a: 1 }, 'invalid_value'],
  ['metadata', { a: 'x'.repeat(513) }, 'invalid_value'],
  ['metadata', { ['x'.repeat(65)]: 'a' }, 'invalid_value'],
  ['output_expires_after', 7, 'invalid_value'],
])('an order with %s = %j is refused by name', (param, value, code) => {
  expect(() => parse({ [param]: value })).toThrow(expect.objectContaining({ status: 400, code, param }))
})

test.each(['', 'x', '[]'])('a body that is no object (%j) is refused', (text) => {
  expect(() => parseBatchOrder(Buffer.from(text))).toThrow(expect.objectContaining({ status: 400 }))
})
