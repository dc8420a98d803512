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

test('lists and descriptions are filtered for keys that may not manage, lists for keys with a list', () => {
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

/** The response of llama-server's router (tools/server/README.md, "Using multiple models"). */
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

test('a list tells nothing of command lines, environments and paths, but to keys that may manage', () => {
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

test('vLLM’s and LM Studio’s entries keep what clients read', () => {
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

test('one model is told as in the list, and an error as it is', () => {
  const { status: _, ...rest } = ROUTED
  const one = filter('/v1/models/x', rest, testGrant())
  expect(one).not.toHaveProperty('path')
  expect(one).toHaveProperty('id', ROUTED.id)
  const error = { error: 'Unexpected endpoint or method. (GET /v1/models/x)' }
  expect(filter('/v1/models/x', error, testGrant())).toEqual(error)
})

test('what Ollama tells of a model names files without their folders', () => {
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
