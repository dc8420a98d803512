import { expect, it } from 'vitest'
import { MAX_ANNOUNCED_KEYS, parseAnnouncement, toAnnouncedModels } from './announcement.ts'

const digest = 'x'.repeat(43)
const whole = { keyDigests: [digest], upstreamKind: 'ollama', models: ['m'], loaded: ['m'] }

it('is parsed as sent, even if an older device omits fields', () => {
  const { loaded, ...older } = whole
  expect(loaded).toEqual(['m'])
  for (const said of [whole, older]) expect(parseAnnouncement(said)).toEqual(said)
})

it.each([
  ['too many keys', { keyDigests: Array<string>(MAX_ANNOUNCED_KEYS + 1).fill(digest) }],
  ['too many models', { models: Array<string>(2_001).fill('m') }],
  ['a digest that is too long', { keyDigests: [`${digest}x`] }],
  ['an invalid digest', { keyDigests: [`${'x'.repeat(42)}=`] }],
  ['a model that is not a string', { models: [1] }],
  ['an unknown kind of server', { upstreamKind: 'x' }],
])('is refused with %s', (_what, facts) => {
  expect(() => parseAnnouncement({ ...whole, ...facts })).toThrow(
    expect.objectContaining({ code: 'PROTOCOL_ERROR' }),
  )
})

it('omits names that cannot be requested, at both ends', () => {
  const models = ['m', 'x'.repeat(513)]
  expect(parseAnnouncement({ ...whole, models, loaded: models })).toEqual(whole)
  expect(toAnnouncedModels([...models, ...Array<string>(3_000).fill('n')]).length).toBeLessThanOrEqual(2_000)
})

it('reports whether the upstream serves, and ignores fields of a newer device', () => {
  expect(parseAnnouncement({ ...whole, upstreamState: 'loading' })).toEqual({
    ...whole,
    upstreamState: 'loading',
  })
  expect(parseAnnouncement({ ...whole, upstreamState: 'dreaming' })).toEqual(whole)
  expect(parseAnnouncement({ ...whole, upstreamState: 7 })).toEqual(whole)
})
