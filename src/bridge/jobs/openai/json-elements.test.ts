import fc from 'fast-check'
import { expect, test } from 'vitest'
import { elementsIn, isArray, memberIn } from './json-elements.ts'

test('finds the same elements in any array as JSON.parse', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.jsonValue()),
    fc.constantFrom(0, 1, '\t'),
    async (list, space) => {
      const body = Buffer.from(JSON.stringify({ other: [1, 'x'], list }, null, space))
      const span = await memberIn(body, 'list')
      const elements = [...elementsIn(body, span!)].map(
        ({ start, end }) => JSON.parse(body.toString('utf8', start, end)) as unknown,
      )
      expect(elements).toEqual(JSON.parse(JSON.stringify(list)))
      expect(isArray(body, span!)).toBe(true)
    },
  )
  await fc.assert(property, { numRuns: 200 })
})

test('a missing member has no range, and the last of two duplicates counts', async () => {
  expect(await memberIn(Buffer.from('{"a":"list"}'), 'list')).toBeUndefined()
  const body = Buffer.from('{"list":1,"list":22}')
  expect(await memberIn(body, 'list')).toEqual({ start: 17, end: 19 })
})
