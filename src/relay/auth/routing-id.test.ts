import { randomBytes } from 'node:crypto'
import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { ROUTING_ID, routingIdOfKey, formatKey } from '../../shared/key-format.ts'
import { RoutingIds } from './routing-id.ts'

const ALICE = 'alice' as OwnerId
const BOB = 'bob' as OwnerId

const routingIds = new RoutingIds(randomBytes(32))

describe('RoutingIds', () => {
  it('recognises every routing id it issues, for any owner', () => {
    assert(
      property(string({ unit: 'grapheme' }), (text) => {
        const ownerId = text as OwnerId
        const address = routingIds.routingIdFor(ownerId)
        expect(address).toMatch(ROUTING_ID)
        expect(routingIds.isIssued(address)).toBe(true)
        expect(routingIds.routingIdFor(ownerId)).toBe(address)
      }),
    )
  })

  it('refuses an id with any one character changed, including the padding bits of the last', () => {
    const address = routingIds.routingIdFor(ALICE)
    const variants = Array.from(address).flatMap((_, at) =>
      Array.from('abcdefghijklmnopqrstuvwxyz234567').map(
        (char) => address.slice(0, at) + char + address.slice(at + 1),
      ),
    )
    const issued = variants.filter((variant) => routingIds.isIssued(variant))
    expect(new Set(issued)).toEqual(new Set([address]))
  })

  it('refuses another relay’s routing ids', () => {
    expect(new RoutingIds(randomBytes(32)).isIssued(routingIds.routingIdFor(ALICE))).toBe(false)
  })

  it.each(['', 'short', 'A'.repeat(20), '!'.repeat(20), 'a'.repeat(21)])(
    'refuses %j without throwing',
    (text) => {
      expect(routingIds.isIssued(text)).toBe(false)
    },
  )

  it('gives each owner a unique id that fits into a key', () => {
    const [a, b] = [routingIds.routingIdFor(ALICE), routingIds.routingIdFor(BOB)]
    expect(a).not.toBe(b)
    expect(routingIdOfKey(formatKey(a, randomBytes(32).toString('base64url')))).toBe(a)
  })
})
