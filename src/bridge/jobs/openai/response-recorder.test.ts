import { expect, test } from 'vitest'
import { firstEvents, ResponseRecorder, type ResponseEvent } from './response-recorder.ts'
import { MAX_EVENT_CHARS } from './sse-events.ts'

const FACTS = { id: 'resp_own', createdAt: 7, model: 'm', metadata: { a: 'b' } }

const sse = (...events: object[]): string =>
  events
    .map(
      (event, n) =>
        `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify({ sequence_number: n, ...event })}\n\n`,
    )
    .join(': ping\n')

const lifecycle = (type: string, status: string) => ({
  type,
  response: { id: 'resp_theirs', object: 'response', created_at: 1, status, background: false, metadata: {} },
})
const delta = (text: string) => ({ type: 'response.output_text.delta', delta: text })

const read = (events: readonly ResponseEvent[]) =>
  events.map(({ data }) => JSON.parse(data) as Record<string, unknown>)

test('a response begins as queued, with numbers from 0', () => {
  const events = read(firstEvents(FACTS))
  expect(events.map(({ type, sequence_number }) => [type, sequence_number])).toEqual([
    ['response.created', 0],
    ['response.queued', 1],
  ])
  expect(events[0]!['response']).toMatchObject({
    id: 'resp_own',
    status: 'queued',
    background: true,
    created_at: 7,
  })
})

test.each([1, 3, 100_000])('events get the bridge’s id and numbers, in pieces of %i bytes', (size) => {
  const recorder = new ResponseRecorder(FACTS, 2)
  const stream = Buffer.from(
    sse(
      lifecycle('response.created', 'in_progress'),
      lifecycle('response.in_progress', 'in_progress'),
      delta('Grüße, 世界'),
      lifecycle('response.completed', 'completed'),
      delta('behind the end'),
    ),
  )
  const events: ResponseEvent[] = []
  for (let at = 0; at < stream.length; at += size)
    events.push(...recorder.add(stream.subarray(at, at + size)))
  const own = { id: 'resp_own', created_at: 7, background: true, metadata: { a: 'b' } }
  expect(read(events)).toMatchObject([
    { type: 'response.output_text.delta', sequence_number: 2, delta: 'Grüße, 世界' },
    { type: 'response.completed', sequence_number: 3, response: { ...own, status: 'completed' } },
  ])
  expect(events.map(({ sequence }) => sequence)).toEqual([2, 3])
  expect(recorder.finished).toMatchObject({ status: 'completed', response: own })
})

test('a stream without its last event is not finished', () => {
  const recorder = new ResponseRecorder(FACTS, 2)
  recorder.add(Buffer.from(sse(lifecycle('response.in_progress', 'in_progress'), delta('half'))))
  expect(recorder.finished).toBeUndefined()
})

test('an error inside the stream is passed on and remembered', () => {
  const recorder = new ResponseRecorder(FACTS, 2)
  const events = read(recorder.add(Buffer.from(sse({ type: 'error', message: 'out of memory' }))))
  expect(events).toMatchObject([{ type: 'error', sequence_number: 2, message: 'out of memory' }])
  expect(recorder.failure).toEqual({ code: 'server_error', message: 'out of memory' })
})

test('the whole response of a server that does not stream becomes its last event', () => {
  const recorder = new ResponseRecorder(FACTS, 2)
  const { response } = lifecycle('', 'incomplete')
  expect(read(recorder.addWhole(response))).toMatchObject([
    { type: 'response.incomplete', sequence_number: 2, response: { id: 'resp_own' } },
  ])
  expect(recorder.finished?.status).toBe('incomplete')
})

test('an event that never ends is an error of the model server', () => {
  const recorder = new ResponseRecorder(FACTS, 2)
  const piece = Buffer.alloc(1024 * 1024, 'x')
  expect(() => {
    for (let bytes = 0; bytes <= MAX_EVENT_CHARS; bytes += piece.length) recorder.add(piece)
  }).toThrow(expect.objectContaining({ code: 'UPSTREAM_FAILED' }))
})
