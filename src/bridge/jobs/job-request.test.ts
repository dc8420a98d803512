import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { SCOPES } from '../../shared/routes.ts'
import { testGrant } from '../policy/grant.test-support.ts'
import { parseJobRequest } from './job-request.ts'

const creator = {
  grant: testGrant({ scopes: SCOPES }),
  localName: (name: string) => name.replace(/@desk$/, ''),
  memory: { take() {}, giveBack() {} },
}
const parse = (value: unknown) => parseJobRequest(Buffer.from(JSON.stringify(value)), creator)

it('refuses every body that is no job with a client’s error, whatever it contains', async () => {
  const value = fc.oneof(
    fc.json().map(String),
    fc.string(),
    fc.jsonValue().map((any) => JSON.stringify(any)),
  )
  const field = fc.jsonValue()
  const near = fc
    .record(
      {
        type: fc.constantFrom('pull', 'create', 'request', 'embed', 'batch', '__proto__'),
        model: field,
        path: fc.oneof(field, fc.webPath(), fc.constantFrom('/api/chat', '/v1/embeddings', '/api/jobs')),
        body: fc.oneof(field, fc.dictionary(fc.constantFrom('model', 'MODEL', 'stream', 'x'), field)),
        input: field,
      },
      { requiredKeys: [] },
    )
    .map((any) => JSON.stringify(any))
  await fc.assert(
    fc.asyncProperty(fc.oneof(value, near), async (text) => {
      try {
        const { items } = await parseJobRequest(Buffer.from(text), creator)
        expect(items.length).toBeGreaterThan(0)
        for (const { body } of items) expect(JSON.parse(Buffer.from(body).toString())).toBeTypeOf('object')
      } catch (cause) {
        if (!(cause instanceof AppError)) throw cause
        expect(cause.entry.status).toBeGreaterThanOrEqual(400)
        expect(cause.entry.status).toBeLessThan(500)
      }
    }),
    { numRuns: 300 },
  )
})

it('takes the device out of a model’s name, which only this device needs', async () => {
  const { model, items } = await parse({ type: 'request', path: '/api/chat', body: { model: 'm@desk' } })
  expect([model, JSON.parse(Buffer.from(items[0]!.body).toString())]).toEqual([
    'm',
    { model: 'm', stream: false },
  ])
})

it('does not add "stream" where the model server does not know it', async () => {
  const { items } = await parse({ type: 'request', path: '/v1/embeddings', body: { model: 'm', input: 'x' } })
  expect(JSON.parse(Buffer.from(items[0]!.body).toString())).toEqual({ model: 'm', input: 'x' })
})
