import { describe, expect, it } from 'vitest'
import { mergeFigures, mergeTunnels, parseFigures, parseTunnels } from './owner-view.ts'

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const FIGURES = {
  requests: 2,
  active: 0,
  failed: 1,
  timedOut: 0,
  cancelled: 0,
  bytesIn: 10,
  bytesOut: 20,
  averageHeadMs: 5,
}

describe('what another relay says of an owner', () => {
  it('is taken with what a newer version says besides', () => {
    const tunnels = [{ connected: true, upstream: 'ollama', tunnelId: 'a', later: 1 }]
    const part = parseTunnels(bytes({ userId: 'alice', tunnels }))
    expect(mergeTunnels([{ userId: 'alice', tunnels: [] }, part!])).toEqual({ userId: 'alice', tunnels })
    expect(mergeFigures([FIGURES, parseFigures(bytes(FIGURES))!])).toMatchObject({
      requests: 4,
      averageHeadMs: 5,
    })
  })

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"userId":1,"tunnels":[]}',
    '{"userId":"a","tunnels":[1]}',
    '{"userId":"a"}',
  ])('is left out where it is %j', (text) => {
    expect(parseTunnels(bytes(text))).toBeUndefined()
    expect(parseFigures(bytes(text))).toBeUndefined()
  })

  it('counts nothing that is no number', () => {
    for (const requests of ['2', null, -1, {}])
      expect(parseFigures(bytes({ ...FIGURES, requests }))).toBeUndefined()
  })
})
