import { describe, expect, it } from 'vitest'
import { parseAnswers } from '../routing/remote-relays.ts'
import { FiguresSchema, mergeFigures, mergeTunnels, TunnelsSchema } from './owner-view.ts'

const answer = (value: unknown) => {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return [{ status: 200, headers: [], body }]
}
const parseTunnels = (value: unknown) => parseAnswers(answer(value), TunnelsSchema)[0]
const parseFigures = (value: unknown) => parseAnswers(answer(value), FiguresSchema)[0]
const FIGURES = {
  requests: 2,
  active: 0,
  failed: 1,
  timedOut: 0,
  cancelled: 0,
  bytesIn: 10,
  bytesOut: 20,
  averageHeadMs: 5,
  tokens: 3,
  durationMs: 40,
  keys: [{ key: 'a', requests: 1, tokens: 3, durationMs: 40 }],
}

describe('an owner’s view from another relay', () => {
  it('is accepted with additional fields of a newer version', () => {
    const tunnels = [{ connected: true, upstream: 'ollama', tunnelId: 'a', later: 1 }]
    const part = parseTunnels({ userId: 'alice', tunnels })
    expect(mergeTunnels([{ userId: 'alice', tunnels: [] }, part!])).toEqual({ userId: 'alice', tunnels })
    expect(mergeFigures([FIGURES, parseFigures(FIGURES)!])).toMatchObject({
      requests: 4,
      averageHeadMs: 5,
      tokens: 6,
      keys: [{ key: 'a', requests: 2, tokens: 6, durationMs: 80 }],
    })
    const { tokens: _, durationMs: __, keys: ___, ...older } = FIGURES
    expect(parseFigures(older)).toEqual({ ...older, tokens: 0, durationMs: 0, keys: [] })
  })

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"userId":1,"tunnels":[]}',
    '{"userId":"a","tunnels":[1]}',
    '{"userId":"a"}',
  ])('is ignored if it is %j', (text) => {
    expect(parseTunnels(text)).toBeUndefined()
    expect(parseFigures(text)).toBeUndefined()
  })

  it('ignores values that are not numbers', () => {
    for (const requests of ['2', null, -1, {}]) expect(parseFigures({ ...FIGURES, requests })).toBeUndefined()
  })
})
