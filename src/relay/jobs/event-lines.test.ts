import { expect, it } from 'vitest'
import { EventLines } from './event-lines.ts'

const TEXT = ': ping\nid: 1\nevent: job\ndata: {"a":"ä"}\n\nid: 2\r\ndata: {"b":2}\r\n\r\n'

it('reads the data of events, however they are cut', () => {
  const bytes = Buffer.from(TEXT)
  for (let cut = 0; cut <= bytes.length; cut++) {
    const seen: string[] = []
    const lines = new EventLines((data) => seen.push(data))
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) expect(lines.push(part)).toBe(true)
    expect(seen).toEqual(['{"a":"ä"}', '{"b":2}'])
  }
})

it('gives up on a line without end', () => {
  const lines = new EventLines(() => {})
  const chunk = Buffer.alloc(16 * 1024, 'x')
  expect([lines.push(chunk), lines.push(chunk), lines.push(chunk)]).toEqual([true, true, false])
})
