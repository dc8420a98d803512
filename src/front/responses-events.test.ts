import { expect, it } from 'vitest'
import { ResponsesEvents } from './responses-events.ts'

const ERROR = JSON.stringify({ error: { message: 'lost', type: 'server_error', code: 'TUNNEL_LOST' } })
const event = (value: { readonly type: string; readonly [key: string]: unknown }): string =>
  `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
const CREATED = event({
  type: 'response.created',
  sequence_number: 0,
  response: { id: 'resp_1', object: 'response', status: 'in_progress', instructions: 'é', output: [] },
})

/** @param size of the chunks */
function errorAfter(text: string, size = Infinity): Record<string, unknown>[] {
  const events = new ResponsesEvents()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) events.note(bytes.subarray(at, at + size))
  const blocks = events.errorEvents(ERROR).split('\n\n').slice(0, -1)
  return blocks.map((block) => {
    const [, type, data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? []
    const value = JSON.parse(data) as Record<string, unknown>
    expect(value['type']).toBe(type)
    return value
  })
}

it('an error before any event is the first event', () => {
  expect(errorAfter('')).toEqual([
    { type: 'error', sequence_number: 0, code: 'TUNNEL_LOST', message: 'lost', param: null },
  ])
})

it.each([Infinity, 1, 7])(
  'an error continues the sequence of what was sent before, in pieces of %d bytes',
  (size) => {
    const text = `${CREATED}${event({ type: 'response.output_text.delta', delta: '\\"sequence_number\\":99', sequence_number: 41 })}`
    expect(errorAfter(text, size)).toEqual([
      { type: 'error', sequence_number: 42, code: 'TUNNEL_LOST', message: 'lost', param: null },
      {
        type: 'response.failed',
        sequence_number: 43,
        response: {
          id: 'resp_1',
          object: 'response',
          status: 'failed',
          instructions: 'é',
          output: [],
          error: { code: 'server_error', message: 'lost' },
        },
      },
    ])
  },
)

it('text written by a model is not parsed as a number', () => {
  const delta = '"sequence_number":99 and {"sequence_number": 99}'
  const [error] = errorAfter(event({ type: 'response.output_text.delta', sequence_number: 3, delta }))
  expect(error).toMatchObject({ sequence_number: 4 })
})

it('a very long first event is not buffered', () => {
  const long = CREATED.replace('é', 'x'.repeat(100_000))
  for (const size of [Infinity, 1000]) expect(errorAfter(long, size)).toHaveLength(1)
})

it('an upstream’s own refusal keeps its message', () => {
  const events = new ResponsesEvents()
  expect(events.errorEvents('{"error":"model not found"}')).toContain(
    '"code":null,"message":"model not found"',
  )
})
