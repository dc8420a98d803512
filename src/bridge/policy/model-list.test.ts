import { expect, test } from 'vitest'
import { matchRoute, type Route } from '../../shared/routes.ts'
import { testGrant } from './grant.test-support.ts'
import { filterModels, needsFilter } from './model-list.ts'

const grant = testGrant({ models: ['llama3'] })

function routeOf(path: string): Route {
  const match = matchRoute('GET', path)
  if (match.kind !== 'found') throw new Error(path)
  return match.route
}

function filter(path: string, answer: unknown): unknown {
  const bytes = new TextEncoder().encode(typeof answer === 'string' ? answer : JSON.stringify(answer))
  return JSON.parse(new TextDecoder().decode(filterModels(grant, routeOf(path), bytes)))
}

test('lists show the allowed models only, each entry whole', () => {
  const shown = { name: 'llama3:latest', model: 'llama3:latest', size: 1 }
  const hidden = { name: 'secret:latest', model: 'secret:latest', size: 2 }
  expect(filter('/api/tags', { models: [hidden, shown] })).toEqual({ models: [shown] })
  expect(filter('/api/ps', { models: [shown, hidden] })).toEqual({ models: [shown] })
  expect(filter('/v1/models', { object: 'list', data: [{ id: 'llama3:latest' }, { id: 'secret' }] })).toEqual(
    {
      object: 'list',
      data: [{ id: 'llama3:latest' }],
    },
  )
})

test('what the bridge does not know is left out: it could hold names', () => {
  const entries = [{ name: 'llama3', model: 'secret' }, { id: 'llama3' }, 'llama3', null, { name: 1 }]
  expect(filter('/api/tags', { models: entries, loaded: ['secret'] })).toEqual({ models: [] })
})

test.each(['', 'no json', '[]', 'null', '{}', '{"models":{}}', '{"error":"x"}'])(
  'the answer %j is not passed on',
  (answer) => {
    expect(() => filter('/api/tags', answer)).toThrow(expect.objectContaining({ code: 'UPSTREAM_FAILED' }))
  },
)

test('only lists, and only for keys with a model list, are filtered', () => {
  expect(needsFilter(grant, routeOf('/api/tags'))).toBe(true)
  expect(needsFilter(grant, routeOf('/api/ps'))).toBe(true)
  expect(needsFilter(grant, routeOf('/v1/models'))).toBe(true)
  expect(needsFilter(grant, routeOf('/api/version'))).toBe(false)
  expect(needsFilter(testGrant(), routeOf('/api/tags'))).toBe(false)
})
