import { expect, it } from 'vitest'
import { dialectFor, errorBody } from './dialect.ts'
import { AppError } from './errors.ts'
import { ROUTES } from './routes.ts'

const ANTHROPIC = ['Anthropic-Version', '2023-06-01']
const API_KEY = ['X-Api-Key', 'ctl_x']

it.each([
  ['/api/chat', [], 'ollama'],
  ['/api/nope', [], 'ollama'],
  ['/api/nope', API_KEY, 'ollama'],
  ['/api', [], 'ollama'],
  ['/', [], 'ollama'],
  ['/chat', [], 'ollama'],
  ['/v1/chat/completions', [], 'openai'],
  ['/v1/chat/completions?x=/v1/messages', [], 'openai'],
  ['/v1/chat/completions', ANTHROPIC, 'openai'],
  ['/v1/nope', [], 'openai'],
  ['/v1', [], 'openai'],
  ['/v1messages', [], 'ollama'],
  ['/chat/completions', [], 'openai'],
  ['/embeddings', [], 'openai'],
  ['/models', [], 'openai'],
  ['/v1/v1/chat/completions', [], 'openai'],
  ['/api/v1/chat/completions', [], 'openai'],
  ['/v1/responses', [], 'responses'],
  ['/v1/responses/resp_1/cancel', [], 'responses'],
  ['/v1/responsesx', [], 'openai'],
  ['/responses', API_KEY, 'responses'],
  ['/v1/messages', [], 'anthropic'],
  ['/v1/messages/count_tokens', [], 'anthropic'],
  ['/v1/messages/nope', [], 'anthropic'],
  ['/v1/messagesx', [], 'openai'],
  ['/messages', [], 'anthropic'],
  ['/v1/v1/messages', [], 'anthropic'],
  ['/v1/threads/t/messages', [], 'openai'],
  ['/v1/models', ANTHROPIC, 'anthropic'],
  ['/v1/nope', ANTHROPIC, 'anthropic'],
  ['/v1/nope', API_KEY, 'anthropic'],
  ['/nope', API_KEY, 'anthropic'],
] as const)('the dialect of %s with %j is %s', (path, headers, dialect) => {
  expect(dialectFor(path, headers)).toBe(dialect)
})

it('every route has the dialect of its own API', () => {
  for (const { path, dialect } of ROUTES)
    expect([path, dialect === 'ollama']).toEqual([path, path.startsWith('/api/')])
})

it('only a 401 has the field that the Ollama CLI displays', () => {
  const error = new AppError('KEY_UNKNOWN')
  expect(JSON.parse(errorBody('ollama', error))).toEqual({ error: error.message, status: error.message })
  expect(JSON.parse(errorBody('ollama', new AppError('FORBIDDEN')))).not.toHaveProperty('status')
  for (const dialect of ['openai', 'responses', 'anthropic'] as const)
    expect(JSON.parse(errorBody(dialect, error))).not.toHaveProperty('status')
})
