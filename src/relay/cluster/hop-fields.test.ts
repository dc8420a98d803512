import { describe, expect, it } from 'vitest'
import { endToEnd } from './hop-fields.ts'

describe('endToEnd', () => {
  it('keeps what is meant for the other end: order, case and repetitions as they are', () => {
    const fields = ['Host', 'a.example', 'X-A', '1', 'x-a', '2', 'Content-Length', '5', 'Date', 'now']
    expect(endToEnd(fields)).toEqual(fields)
  })

  it('drops what is between two neighbours, by name or because a neighbour said so', () => {
    const fields = [
      'Connection',
      'close, X-Mine',
      'Transfer-Encoding',
      'chunked',
      'TE',
      'trailers',
      'x-mine',
      '1',
    ]
    expect(
      endToEnd([...fields, 'Upgrade', 'h2c', 'Keep-Alive', 'timeout=5', 'Expect', '100-continue', 'a', 'b']),
    ).toEqual(['a', 'b'])
  })

  it('passes on nobody’s pass', () => {
    expect(endToEnd(['X-Ctl-Hop', 'made up', 'a', 'b'])).toEqual(['a', 'b'])
  })

  it('lets no client take the length or the host away', () => {
    const fields = ['Content-Length', '5', 'Host', 'a.example']
    expect(endToEnd(['Connection', 'content-length, host', ...fields])).toEqual(fields)
  })
})
