import { expect, test } from 'vitest'
import { ROUTES, SCOPES } from '../../shared/routes.ts'
import { testGrant } from './grant.test-support.ts'
import { checkRoute } from './route-rule.ts'

const code = (name: string): unknown => expect.objectContaining({ code: name })
const all = testGrant({ scopes: SCOPES })

test.each(ROUTES.map((route) => [route.path, route] as const))(
  '%s needs exactly its own scope',
  (path, route) => {
    const target = path.replace(/[:*][^/]*/, 'x')
    const [method = ''] = route.methods
    const others = SCOPES.filter((scope) => scope !== route.scope)
    expect(checkRoute(testGrant({ scopes: [route.scope] }), method, target).route).toBe(route)
    expect(() => checkRoute(testGrant({ scopes: others }), method, target)).toThrow(code('SCOPE_MISSING'))
  },
)

test.each([
  '/',
  '/debug/pprof/',
  '/api',
  '/api/',
  '/api/tags/',
  '/v1/',
  '/v2/models',
  '/API/tags',
  '/%61pi/tags',
  '/v1/models/',
])('%s is never forwarded: only listed paths are', (target) => {
  expect(() => checkRoute(all, 'GET', target)).toThrow(code('NOT_FOUND'))
})

test('a method that the path does not accept is refused, whatever its case', () => {
  expect(() => checkRoute(all, 'POST', '/api/tags')).toThrow(code('METHOD_NOT_ALLOWED'))
  expect(() => checkRoute(all, 'get', '/api/tags')).toThrow(code('METHOD_NOT_ALLOWED'))
  expect(() => checkRoute(all, 'GET', '/api/delete')).toThrow(code('METHOD_NOT_ALLOWED'))
})

test('the bridge refuses ambiguous paths even if the relay forwards them', () => {
  expect(() => checkRoute(all, 'GET', '/v1/models/../../api/tags')).toThrow(code('BAD_PATH'))
  expect(() => checkRoute(all, 'GET', 'http://127.0.0.1/api/tags')).toThrow(code('BAD_PATH'))
})

test.each([
  '/v1/models/llama3',
  '/v1/models/LLAMA3:latest',
  '/v1/models/library%2Fllama3',
  '/v1/models/library/llama3%3Alatest',
])('%s names an allowed model, however it is encoded', (target) => {
  expect(checkRoute(testGrant({ models: ['llama3'] }), 'GET', target).route.path).toBe('/v1/models/*model')
})

test('a model in the path is checked', () => {
  const grant = testGrant({ models: ['llama3'] })
  expect(() => checkRoute(grant, 'GET', '/v1/models/secret')).toThrow(code('MODEL_NOT_ALLOWED'))
  expect(() => checkRoute(grant, 'GET', '/v1/models/llama3/')).toThrow(code('MODEL_NOT_ALLOWED'))
  expect(() => checkRoute(testGrant(), 'GET', '/v1/models/gpt-oss%3A120b-cloud')).toThrow(
    code('SCOPE_MISSING'),
  )
})

test('a model in the query of a form is checked, because Go prefers it to the one in the form', () => {
  const route = '/v1/audio/transcriptions'
  const listed = testGrant({ models: ['a'] })
  expect(checkRoute(listed, 'POST', `${route}?api-version=1&model=a`).route.body).toBe('multipart')
  expect(() => checkRoute(listed, 'POST', `${route}?model=a&model=b`)).toThrow(code('MODEL_NOT_ALLOWED'))
  expect(() => checkRoute(testGrant(), 'POST', `${route}?m%6fdel=x%3acloud`)).toThrow(code('SCOPE_MISSING'))
})

test.each([
  ['POST', '/v1/messages/count_tokens', 'inference', 'json', 'anthropic'],
  ['POST', '/v1/rerank', 'inference', 'json', 'openai'],
  ['POST', '/v1/images/generations', 'inference', 'json', 'openai'],
  ['POST', '/v1/images/edits', 'inference', 'multipart', 'openai'],
  ['POST', '/v1/images/variations', 'inference', 'multipart', 'openai'],
  ['POST', '/v1/audio/speech', 'inference', 'json', 'openai'],
  ['POST', '/v1/audio/translations', 'inference', 'multipart', 'openai'],
  ['GET', '/v1/stream/conv-1?from=5', 'inference', 'none', 'openai'],
  ['GET', '/v1/stream?conv_id=1', 'inference', 'none', 'openai'],
  ['DELETE', '/v1/stream/conv-1', 'inference', 'none', 'openai'],
  ['POST', '/v1/streams/lookup', 'inference', 'json', 'openai'],
  ['GET', '/v1/streams', 'inference', 'none', 'openai'],
  ['GET', '/api/experimental/model-recommendations', 'read', 'none', 'ollama'],
] as const)('%s %s needs %s', (method, target, scope, body, dialect) => {
  expect(checkRoute(testGrant({ scopes: [scope] }), method, target).route).toMatchObject({
    scope,
    body,
    dialect,
  })
  const others = (['inference', 'read', 'manage'] as const).filter((other) => other !== scope)
  expect(() => checkRoute(testGrant({ scopes: others }), method, target)).toThrow(code('SCOPE_MISSING'))
})
