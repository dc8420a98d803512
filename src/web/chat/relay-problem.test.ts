import { expect, it } from 'vitest'
import { problemIn } from './relay-problem.ts'

const refusal = (status: number, code: string, field = 'x-desktop-error-code') =>
  problemIn(Response.json({ error: 'In English.' }, { status, headers: { [field]: code } }))

it.each([
  [401, 'KEY_UNKNOWN', 'keyRefused'],
  [403, 'MODEL_NOT_ALLOWED', 'modelNotAllowed'],
  [403, 'SCOPE_MISSING', 'permissionMissing'],
  [413, 'BODY_TOO_LARGE', 'messageTooLarge'],
  [502, 'UPSTREAM_UNREACHABLE', 'noModelServer'],
  [502, 'UPSTREAM_UNAUTHORIZED', 'modelServerNeedsKey'],
  [502, 'UPSTREAM_FAILED', 'answerBroken'],
])('%d with %s is explained in the reader’s language', async (status, code, kind) => {
  for (const field of ['x-error-code', 'x-desktop-error-code'])
    expect((await refusal(status, code, field)).problem).toEqual({ kind })
})

it('a refusal that the page does not know keeps its message', async () => {
  expect((await refusal(400, 'BODY_NOT_STRICT')).problem).toEqual({ kind: 'told', message: 'In English.' })
})

it('an answer without a message is named by its status', async () => {
  expect((await problemIn(new Response('<html>', { status: 418 }))).problem).toEqual({
    kind: 'status',
    status: 418,
  })
})
