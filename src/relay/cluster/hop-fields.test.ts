import { describe, expect, it } from 'vitest'
import { DEVICE_ANSWER_FIELDS } from '../../front/answer-headers.ts'
import { answerFieldsFor, endToEnd } from './hop-fields.ts'

describe('endToEnd', () => {
  it('keeps end-to-end fields with their order, case and repetitions', () => {
    const fields = ['Host', 'a.example', 'X-A', '1', 'x-a', '2', 'Content-Length', '5', 'Date', 'now']
    expect(endToEnd(fields)).toEqual(fields)
  })

  it('drops hop-by-hop fields, by name or listed in Connection', () => {
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

  it('does not forward a client’s pass', () => {
    expect(endToEnd(['X-Ctl-Hop', 'made up', 'a', 'b'])).toEqual(['a', 'b'])
  })

  it('does not let a client remove the length or the host', () => {
    const fields = ['Content-Length', '5', 'Host', 'a.example']
    expect(endToEnd(['Connection', 'content-length, host', ...fields])).toEqual(fields)
  })
})

it('a replica’s response contains only fields of a device’s response and the relay’s own', () => {
  const rawHeaders = [
    'Set-Cookie',
    'a=b',
    'x-ctl-hop',
    'OFFLINE',
    'Location',
    '/',
    'Access-Control-Allow-Origin',
    'x',
  ]
  const ofRelay = ['x-devices', '1/2', 'x-accel-buffering', 'no', 'content-disposition', 'attachment']
  const ofDevice = [
    'etag',
    '"a"',
    'content-type',
    'application/json',
    'cache-control',
    'no-cache, no-transform',
  ]
  const cors = ['vary', 'Origin']
  const fields = answerFieldsFor(
    { rawHeaders: [...rawHeaders, ...ofRelay, ...ofDevice, 'content-type', 'text/html'] },
    cors,
  )
  expect(fields).not.toContain('text/html')
  expect(answerFieldsFor({ rawHeaders: [...rawHeaders, ...ofRelay, ...ofDevice] }, cors)).toEqual([
    ...cors,
    ...DEVICE_ANSWER_FIELDS,
    ...ofRelay,
    ...ofDevice,
  ])
})
