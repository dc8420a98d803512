import { expect, test } from 'vitest'
import type { KeyView } from '../../shared/ipc/view.ts'
import { draftFor, draftOf, mistakeIn, toKeyChange, toKeyRequest } from './key-draft.ts'

const PHONE = draftFor('client', ' Phone ')

test('a complete key is sent with numbers instead of text', () => {
  expect(toKeyRequest({ ...PHONE, expiry: '30', requestsPerMinute: '5' })).toEqual({
    name: 'Phone',
    scopes: ['inference', 'read'],
    models: null,
    expiresInDays: 30,
    requestsPerMinute: 5,
    maxConcurrent: null,
  })
})

const limit = (field: 'requestsPerMinute' | 'maxConcurrent') => ({ field, text: 'key.mistake.limit' })

test.each([
  [{ name: ' ' }, { field: 'name', text: 'key.mistake.name' }],
  [{ scopes: [] }, { field: 'scopes', text: 'key.mistake.scopes' }],
  [{ models: [] }, { field: 'models', text: 'key.mistake.models' }],
  [{ requestsPerMinute: '0' }, limit('requestsPerMinute')],
  [{ requestsPerMinute: '-5' }, limit('requestsPerMinute')],
  [{ requestsPerMinute: '1e' }, limit('requestsPerMinute')],
  [{ maxConcurrent: '1.5' }, limit('maxConcurrent')],
  [{ maxConcurrent: 'many' }, limit('maxConcurrent')],
  [{ maxConcurrent: '1000001' }, limit('maxConcurrent')],
  [{ requestsPerMinute: ' 20 ', maxConcurrent: '1000000' }, null],
  [{ models: ['a'] }, null],
  [{}, null],
] as const)('%j: %s', (part, mistake) => {
  expect(mistakeIn({ ...PHONE, ...part })).toEqual(mistake)
})

test('a key for someone else expires and is limited', () => {
  expect(toKeyRequest(draftFor('share', 'Guest'))).toMatchObject({ expiresInDays: 7, requestsPerMinute: 20 })
})

test('a changed key keeps its expiry unless another is chosen', () => {
  const key = {
    name: 'Phone',
    scopes: ['read'],
    models: ['a'],
    expiresAt: 5,
    requestsPerMinute: 3,
    maxConcurrent: null,
  }
  const draft = draftOf(key as unknown as KeyView)
  expect(toKeyChange('k1', draft)).toEqual({
    id: 'k1',
    name: 'Phone',
    scopes: ['read'],
    models: ['a'],
    requestsPerMinute: 3,
    maxConcurrent: null,
  })
  expect(toKeyChange('k1', { ...draft, expiry: '' }).expiresInDays).toBeNull()
  expect(toKeyChange('k1', { ...draft, expiry: '90' }).expiresInDays).toBe(90)
})
