import { expect, it } from 'vitest'
import { parseAnnouncement } from './announcement.ts'

const base = { keyDigests: [], upstreamKind: 'none', models: [] }

it('knows whether the upstream serves, and passes over what a newer device may say of it', () => {
  expect(parseAnnouncement({ ...base, upstreamState: 'loading' })).toEqual({
    ...base,
    upstreamState: 'loading',
  })
  expect(parseAnnouncement({ ...base, upstreamState: 'dreaming' })).toEqual(base)
  expect(parseAnnouncement({ ...base, upstreamState: 7 })).toEqual(base)
})

it('takes an announcement of an older device, which does not say it', () => {
  expect(parseAnnouncement(base)).toEqual(base)
})
