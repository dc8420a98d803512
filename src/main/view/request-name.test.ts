import { expect, test } from 'vitest'
import { requestNameOf } from './request-name.ts'
import { wordsOf } from './words/view-words.ts'

const WORDS = wordsOf({ locale: { language: 'en', tag: 'en' } })

test.each([
  ['/api/chat', 'Chat'],
  ['/v1/chat/completions', 'Chat'],
  ['/v1/messages', 'Chat'],
  ['/v1/messages/count_tokens', 'Token count'],
  ['/v1/responses', 'Chat'],
  ['/api/generate', 'Text completion'],
  ['/api/embed', 'Embeddings'],
  ['/v1/embeddings', 'Embeddings'],
  ['/api/tags', 'Model list'],
  ['/v1/models/llama3.2', 'Model details'],
  ['/v1/stream/abc', 'Kept answer'],
  ['/v1/streams', 'Kept answer'],
  ['/api/unknown', '/api/unknown'],
])('%s is %s', (path, name) => {
  expect(requestNameOf(WORDS, { path })).toBe(name)
})
