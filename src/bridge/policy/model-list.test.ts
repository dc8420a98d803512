import { expect, test } from 'vitest'
import { matchRoute, type Route } from '../../shared/routes.ts'
import { testGrant } from './grant.test-support.ts'
import type { Grant } from './grant.ts'
import { filterAnswer, needsFilter } from './model-list.ts'

const grant = testGrant({ models: ['llama3'] })
const manager = testGrant({ scopes: ['read', 'manage'] })

function routeOf(path: string, method = 'GET'): Route {
  const match = matchRoute(method, path)
  if (match.kind !== 'found') throw new Error(path)
  return match.route
}

function filter(path: string, answer: unknown, who: Grant = grant, method = 'GET'): unknown {
  const bytes = new TextEncoder().encode(typeof answer === 'string' ? answer : JSON.stringify(answer))
  return JSON.parse(new TextDecoder().decode(filterAnswer(who, routeOf(path, method), bytes)))
}

test('lists contain only the allowed models, with complete entries', () => {
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

test('unknown fields are removed, because they could contain model names', () => {
  const entries = [{ name: 'llama3', model: 'secret' }, { id: 'llama3' }, 'llama3', null, { name: 1 }]
  expect(filter('/api/tags', { models: entries, loaded: ['secret'] })).toEqual({ models: [] })
})

test.each(['', 'no json', '[]', 'null', '{}', '{"models":{}}', '{"error":"x"}'])(
  'the response %j is not forwarded',
  (answer) => {
    expect(() => filter('/api/tags', answer)).toThrow(expect.objectContaining({ code: 'UPSTREAM_FAILED' }))
  },
)

test('lists and descriptions are filtered for keys without manage, and lists for keys with a model list', () => {
  for (const path of ['/api/tags', '/api/ps', '/v1/models']) {
    expect(needsFilter(grant, routeOf(path))).toBe(true)
    expect(needsFilter(testGrant(), routeOf(path))).toBe(true)
    expect(needsFilter(manager, routeOf(path))).toBe(false)
    expect(needsFilter({ ...manager, models: ['llama3'] }, routeOf(path))).toBe(true)
  }
  expect(needsFilter(testGrant(), routeOf('/api/show', 'POST'))).toBe(true)
  expect(needsFilter(testGrant(), routeOf('/v1/models/a'))).toBe(true)
  expect(needsFilter({ ...manager, models: ['a'] }, routeOf('/v1/models/a'))).toBe(false)
  expect(needsFilter(grant, routeOf('/api/version'))).toBe(false)
})

/** A response of llama-server's router (tools/server/README.md, "Using multiple models"). */
const ROUTED = {
  id: 'ggml-org/gemma-3-4b-it-GGUF:Q4_K_M',
  object: 'model',
  created: 1764000000,
  owned_by: 'llamacpp',
  in_cache: true,
  path: '/home/ann/.cache/llama.cpp/gemma.gguf',
  status: { value: 'loaded', args: ['llama-server', '--api-key', 'sk-secret', '-m', '/home/ann/x.gguf'] },
  env: { HF_TOKEN: 'hf_secret' },
  meta: { n_ctx_train: 131072, n_params: 3880099328, chat_template: '/home/ann/t.jinja' },
}

test('a list discloses command lines, environments and paths only to keys with manage', () => {
  const listed = { object: 'list', data: [ROUTED], models: [{ name: 'a', model: 'a', path: '/x/a' }] }
  expect(filter('/v1/models', listed, testGrant())).toEqual({
    object: 'list',
    data: [
      {
        id: ROUTED.id,
        object: 'model',
        created: 1764000000,
        owned_by: 'llamacpp',
        in_cache: true,
        status: { value: 'loaded' },
        meta: { n_ctx_train: 131072, n_params: 3880099328 },
      },
    ],
    models: [{ name: 'a', model: 'a' }],
  })
  expect(filter('/v1/models', listed, manager)).toEqual(listed)
})

test('entries of vLLM and LM Studio keep the fields that clients read', () => {
  const vllm = {
    id: 'm',
    object: 'model',
    owned_by: 'vllm',
    root: '/models/m',
    parent: null,
    max_model_len: 8192,
  }
  const lmStudio = { id: 'm', object: 'model', type: 'llm', state: 'loaded', max_context_length: 4096 }
  expect(filter('/v1/models', { data: [vllm, lmStudio] }, testGrant())).toEqual({
    data: [{ id: 'm', object: 'model', owned_by: 'vllm', max_model_len: 8192 }, lmStudio],
  })
})

test('a single model is filtered like a list entry, and an error is unchanged', () => {
  const { status: _, ...rest } = ROUTED
  const one = filter('/v1/models/x', rest, testGrant())
  expect(one).not.toHaveProperty('path')
  expect(one).toHaveProperty('id', ROUTED.id)
  const error = { error: 'Unexpected endpoint or method. (GET /v1/models/x)' }
  expect(filter('/v1/models/x', error, testGrant())).toEqual(error)
})

test('directories are removed from Ollama’s model description', () => {
  const shown = {
    modelfile: 'FROM /home/ann/.ollama/models/blobs/sha256-1',
    details: { parent_model: '/home/ann/a.gguf' },
  }
  expect(filter('/api/show', shown, testGrant(), 'POST')).toEqual({
    modelfile: 'FROM sha256-1',
    details: { parent_model: 'a.gguf' },
  })
  expect(filter('/api/show', shown, manager, 'POST')).toEqual(shown)
})
