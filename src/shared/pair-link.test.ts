import { expect, it } from 'vitest'
import { pairLinkFor, pairPageFor } from './pair-link.ts'

it('carries relay and code, whatever the relay’s path', () => {
  const link = new URL(pairLinkFor('https://relay.example.com/my relay&', 'ABCD-2345'))
  expect([link.host, link.searchParams.get('relay'), link.searchParams.get('code')]).toEqual([
    'pair',
    'https://relay.example.com/my relay&',
    'ABCD-2345',
  ])
  expect(pairPageFor('https://relay.example.com', 'ABCD-2345')).toBe(
    'https://relay.example.com/#pair=ABCD-2345',
  )
})
