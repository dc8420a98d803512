import { expect, test, vi } from 'vitest'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import type { HandlersFor } from '../../shared/ipc/contract.ts'
import { silentLogger } from '../../shared/logger.ts'
import { wordsOf } from '../view/words/view-words.ts'
import { answerRequest, type Sender } from './request-gate.ts'

const OURS: Sender = { url: 'app://cloudtolocalllm/index.html', isTopFrame: true, isOurWindow: true }
const revoke = vi.fn<() => void>()
const handlers = { 'keys.revoke': revoke, signOut: revoke } as unknown as HandlersFor

const WORDS = wordsOf({ locale: { language: 'en', tag: 'en' } })
const ask = (name: unknown, payload: unknown, sender = OURS) =>
  answerRequest({ handlers, logger: silentLogger, words: WORDS }, sender, name, payload)

test.each([
  ['a page from elsewhere', { url: 'https://evil.example/' }],
  ['a page whose name begins like ours', { url: 'app://cloudtolocalllm.evil/' }],
  ['a frame inside ours', { isTopFrame: false }],
  ['another window', { isOurWindow: false }],
  ['a frame that is gone', { url: '' }],
])('%s is refused without an effect', async (_who, part) => {
  revoke.mockClear()
  expect(await ask('keys.revoke', { id: 'x' }, { ...OURS, ...part })).toMatchObject({
    ok: false,
    error: { code: 'FORBIDDEN' },
  })
  expect(revoke).not.toHaveBeenCalled()
})

test.each(['nonsense', 'toString', '__proto__', 7, null])('%s is not a request', async (name) => {
  expect(await ask(name, undefined)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
})

test.each([undefined, {}, { id: 7 }, { id: 'x', more: 1 }])(
  'a payload of %j does not reach the handler',
  async (payload) => {
    revoke.mockClear()
    expect(await ask('keys.revoke', payload)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } })
    expect(revoke).not.toHaveBeenCalled()
  },
)

test('a handler’s error is reported in the window’s wording, without secrets', async () => {
  const key = 'ctl_aaaaaaaaaaaaaaaaaaaa_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE'
  revoke.mockImplementation(() => {
    throw new AppError('CONFIG_INVALID', errorCase('case.alreadyRunning', { who: key, dir: '/data' }))
  })
  const answer = await ask('keys.revoke', { id: 'x' })
  expect(answer).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } })
  const text = JSON.stringify(answer)
  expect(text).not.toContain('--data-dir')
  expect(text).toContain('start the app again')
  expect(text).not.toContain('AbCdEfGh')
})
