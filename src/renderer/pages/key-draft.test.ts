import { describe, expect, it } from 'vitest'
import { mistakeIn, NEW_KEY, toKeyRequest } from './key-draft.ts'

const draft = { ...NEW_KEY, name: ' Phone ' }

describe('a key in the making', () => {
  it.each([
    ['a name', { ...draft, name: '  ' }, 'Give the key a name.'],
    ['a permission', { ...draft, scopes: [] }, 'Select at least one permission.'],
    ['a model', { ...draft, models: [] }, 'Select at least one model, or all models.'],
  ])('needs %s', (_what, faulty, mistake) => {
    expect(mistakeIn(faulty)).toBe(mistake)
  })

  it('is sent with its figures, and with null where nothing was entered', () => {
    expect(mistakeIn(draft)).toBeNull()
    expect(toKeyRequest({ ...draft, expiry: '30', maxConcurrent: '2' })).toEqual({
      name: 'Phone',
      scopes: ['inference', 'read'],
      models: null,
      expiresInDays: 30,
      requestsPerMinute: null,
      maxConcurrent: 2,
    })
  })
})
