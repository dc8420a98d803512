import { expect } from 'vitest'
import { Call } from './call.ts'
import type { FakeUpstream } from './fake-upstream.ts'

const TOKENS = 5

/** Asserts that a client receives each token of an answer before the next one is generated. */
export async function expectTokenByToken(upstream: FakeUpstream, url: string): Promise<void> {
  const gates = Array.from({ length: TOKENS }, () => Promise.withResolvers<void>())
  const record = (i: number): string => `{"token":${i},"done":${i === gates.length - 1}}`
  upstream.on('POST', '/api/generate', async (_request, response, seen) => {
    await seen.body()
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for (const [i, gate] of gates.entries()) {
      response.write(`${record(i)}\n`)
      await gate.promise
    }
    response.end()
  })
  const call = new Call(`${url}/api/generate`, { body: { model: upstream.models[0], prompt: 'x' } })
  for (const [i, gate] of gates.entries()) {
    await call.piece(({ bytes }) => bytes.includes(record(i)))
    gate.resolve()
  }
  expect(await call.over).toBe('end')
}
