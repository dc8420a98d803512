import { expect, test } from 'vitest'
import type { KeyDigest } from '../../../shared/brands.ts'
import { encodeMessage } from '../../../shared/proxy-head.ts'
import type { TunnelStream } from '../../../tunnel/stream.ts'
import { MAX_STORED_BYTES, MAX_STORED_EVENTS, ResponseAttempt } from './response-attempt.ts'
import type { ResponseEvent } from './response-recorder.ts'

const FACTS = { id: 'resp_own', createdAt: 7, model: 'm', metadata: {} }
const COMPLETED = { type: 'response.completed', response: { status: 'completed' } }
const sse = (event: object): Buffer => Buffer.from(`data: ${JSON.stringify(event)}\n\n`)
const deltas = (count: number, delta: string): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => sse({ type: 'response.output_text.delta', delta })))

/** Stores what a model server would send. */
async function storedOf(...chunks: Buffer[]): Promise<ResponseEvent[]> {
  const stored: ResponseEvent[] = []
  const accept = (stream: TunnelStream): void => {
    stream.attach({ message() {}, data() {}, end() {}, reset() {}, drain() {} })
    queueMicrotask(() => {
      const headers = ['Content-Type', 'text/event-stream']
      stream.message(encodeMessage({ type: 'head', status: 200, headers }))
      for (const chunk of chunks) stream.write(chunk)
      stream.end()
    })
  }
  const attempt = new ResponseAttempt({
    forwarder: { accept },
    facts: FACTS,
    firstSequence: 3,
    store: (events) => void stored.push(...events),
  })
  const principal = { kind: 'key', digest: 'd' as KeyDigest } as const
  const request = { method: 'POST', target: '/v1/responses', headers: [], body: Buffer.from('{}') }
  const answer = await attempt.run(
    { ...request, principal, origin: 'job', requestId: 'r' },
    new AbortController().signal,
  )
  expect(JSON.parse(Buffer.from(answer.body).toString())).toMatchObject({
    id: 'resp_own',
    status: 'completed',
  })
  return stored
}

test('so many events of a response are stored, and always the last one, whose number tells of the gap', async () => {
  const stored = await storedOf(deltas(MAX_STORED_EVENTS + 5, 'a'), sse(COMPLETED))
  expect(stored).toHaveLength(MAX_STORED_EVENTS + 1)
  expect(stored.at(-1)).toMatchObject({ type: 'response.completed', sequence: MAX_STORED_EVENTS + 8 })
})

test('so many bytes of a response are stored, and always the last event', async () => {
  const long = deltas(1, 'x'.repeat(1024 * 1024))
  const chunks = Array.from({ length: MAX_STORED_BYTES / 1024 / 1024 + 3 }, () => long)
  const stored = await storedOf(...chunks, sse(COMPLETED))
  expect(stored.length).toBeLessThan(chunks.length)
  expect(stored.at(-1)?.type).toBe('response.completed')
  const bytes = stored.reduce((sum, { data }) => sum + data.length, 0)
  expect(bytes).toBeLessThan(MAX_STORED_BYTES)
})
