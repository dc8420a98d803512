import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { PairingLimits } from '../limits/pairing-limits.ts'
import { limiterFactory } from '../limits/sliding-window.ts'
import { RoutingIds } from './routing-id.ts'
import { MemoryCodeStore } from './code-store.ts'
import { Credentials } from './credential.ts'
import { PairingService } from './pairing.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'

const ALICE = 'alice' as OwnerId
const BOB = 'bob' as OwnerId

const MINUTE_MS = 60_000

let key: SigningKey
beforeAll(async () => {
  key = await createSigningKey()
})

let clock: FakeClock
let credentials: Credentials
let routingIds: RoutingIds
let pairing: PairingService
let announced: { code: string; ownerId: string }[]
beforeEach(() => {
  // The rate limiter library uses the real clock.
  vi.useFakeTimers()
  clock = new FakeClock()
  credentials = new Credentials(key, clock)
  routingIds = new RoutingIds(key.routingSecret)
  announced = []
  const onCode = (code: string, ownerId: string) => announced.push({ code, ownerId })
  pairing = new PairingService({
    credentials,
    routingIds,
    clock,
    limits: new PairingLimits(limiterFactory(clock), limiterFactory(clock)),
    codeSecret: key.codeSecret,
    onCode,
    store: new MemoryCodeStore(),
  })
})
afterEach(() => void vi.useRealTimers())

const guess = (from = '192.0.2.1') => pairing.redeem('2222-2222', 'x', from)

/** Advances the wall clock used by the limits; codes do not age. */
function pass(ms: number): void {
  clock.jump(ms)
  vi.advanceTimersByTime(ms)
}

async function guessMany(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await expect(guess(`192.0.2.${i}`)).rejects.toMatchObject({ code: 'PAIRING_CODE_INVALID' })
    if (i % 20 === 19) pass(2 * MINUTE_MS)
  }
}

describe('PairingService', () => {
  it('exchanges a code for a credential that the relay accepts', async () => {
    const paired = await pairing.redeem(pairing.mint(ALICE), 'Desk\u0007 ', '192.0.2.1')
    expect(paired).toMatchObject({ ownerId: 'alice', address: routingIds.routingIdFor(ALICE) })
    expect(await credentials.verify(paired.credential)).toMatchObject({
      ownerId: 'alice',
      deviceId: paired.deviceId,
      deviceName: 'Desk',
    })
  })

  it('creates codes that can be read out over the phone', () => {
    for (let i = 0; i < 200; i++)
      expect(pairing.mint(ALICE)).toMatch(/^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$/)
  })

  it('accepts a code however people type it', async () => {
    const code = pairing.mint(ALICE).toLowerCase().replace('-', ' ')
    await expect(pairing.redeem(` ${code}\n`, 'Desk', '192.0.2.1')).resolves.toMatchObject({
      ownerId: 'alice',
    })
  })

  it('accepts a code once, even from two devices simultaneously, and announces the next', async () => {
    const code = pairing.mint(ALICE)
    const results = await Promise.allSettled([1, 2].map((n) => pairing.redeem(code, 'Desk', `192.0.2.${n}`)))
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(announced).toHaveLength(1)
    await expect(pairing.redeem(announced[0]!.code, 'Desk', '192.0.2.1')).resolves.toMatchObject({
      ownerId: 'alice',
    })
  })

  it('replaces a code after ten minutes', async () => {
    const code = pairing.mint(ALICE)
    clock.advance(10 * MINUTE_MS)
    expect(announced).toHaveLength(1)
    await expect(pairing.redeem(code, 'Desk', '192.0.2.1')).rejects.toMatchObject({
      code: 'PAIRING_CODE_INVALID',
    })
    clock.advance(10 * MINUTE_MS)
    expect(announced).toHaveLength(2)
  })

  it('keeps one code per owner: a new one voids the old, and other owners’ stay valid', async () => {
    const [old, other] = [pairing.mint(ALICE), pairing.mint(BOB)]
    pairing.mint(ALICE)
    await expect(pairing.redeem(old, 'Desk', '192.0.2.1')).rejects.toMatchObject({
      code: 'PAIRING_CODE_INVALID',
    })
    await expect(pairing.redeem(other, 'Desk', '192.0.2.1')).resolves.toMatchObject({ ownerId: 'bob' })
  })

  it('locks an address out after five wrong tries, even for the right code and even if all arrive simultaneously', async () => {
    const code = pairing.mint(ALICE)
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => guess()))
    const codes = tries.map((result) =>
      result.status === 'rejected' ? (result.reason.code as string) : 'in',
    )
    expect(codes.filter((text) => text === 'PAIRING_CODE_INVALID')).toHaveLength(5)
    await expect(pairing.redeem(code, 'Desk', '192.0.2.1')).rejects.toMatchObject({
      code: 'PAIRING_LOCKED',
      retryAfterS: 52,
    })
    await expect(pairing.redeem(code, 'Desk', '192.0.2.2')).resolves.toBeDefined()
    pass(MINUTE_MS)
    await expect(guess()).rejects.toMatchObject({ code: 'PAIRING_CODE_INVALID' })
  })

  it('counts one customer’s IPv6 addresses as one', async () => {
    for (let i = 1; i <= 5; i++)
      await expect(guess(`2001:db8:1:2::${i}`)).rejects.toMatchObject({ code: 'PAIRING_CODE_INVALID' })
    await expect(guess('2001:db8:1:2:ffff::1')).rejects.toMatchObject({ code: 'PAIRING_LOCKED' })
    await expect(guess('2001:db8:1:3::1')).rejects.toMatchObject({ code: 'PAIRING_CODE_INVALID' })
  })

  it.each([
    ['IPv4', (n: number) => `192.0.2.${n}`, '192.0.3.1'],
    ['IPv6', (n: number) => `2001:db8:1:${n}::1`, '2001:db8:2::1'],
  ])('limits an attacker with a whole network of %s, and nobody else', async (_version, at, elsewhere) => {
    for (let n = 0; n < 60; n++) await guess(at(n)).catch(() => {})
    await expect(guess(at(99))).rejects.toMatchObject({ code: 'PAIRING_LOCKED' })
    await expect(guess(elsewhere)).rejects.toMatchObject({ code: 'PAIRING_CODE_INVALID' })
  })

  it('accepts the right code while a hundred machines guess up to their limits', async () => {
    for (let minute = 0; minute < 3; minute++) {
      const results = new Set<string>()
      for (let n = 0; n < 500; n++)
        await guess(`10.0.${n % 100}.1`).catch(({ code }) => results.add(String(code)))
      expect(results).toEqual(new Set(['PAIRING_CODE_INVALID', 'PAIRING_LOCKED']))
      const paired = pairing.redeem(pairing.mint(ALICE), 'Desk', `198.51.100.${minute}`)
      await expect(paired).resolves.toBeDefined()
      pass(MINUTE_MS)
    }
  })

  it('does not count correct codes as attempts', async () => {
    for (let i = 0; i < 25; i++) await pairing.redeem(pairing.mint(ALICE), 'Desk', '192.0.2.1')
    await expect(guess()).rejects.toMatchObject({ code: 'PAIRING_CODE_INVALID' })
  })

  it('replaces a code after many wrong guesses, and announces the new one', async () => {
    const code = pairing.mint(ALICE)
    await guessMany(49)
    expect(announced).toHaveLength(0)
    await guessMany(1)
    expect(announced).toMatchObject([{ ownerId: 'alice' }])
    await expect(pairing.redeem(code, 'Desk', '198.51.100.1')).rejects.toMatchObject({
      code: 'PAIRING_CODE_INVALID',
    })
    await expect(pairing.redeem(announced[0]!.code, 'Desk', '198.51.100.1')).resolves.toBeDefined()
  })

  it('does not replace a code within its first minute, so it can be typed in', async () => {
    pairing.mint(ALICE)
    await guessMany(50)
    expect(announced).toHaveLength(1)
    for (let n = 0; n < 60; n++) await guess(`198.51.${n}.1`).catch(() => {})
    expect(announced).toHaveLength(1)
    clock.advance(MINUTE_MS)
    await guess('203.0.113.1').catch(() => {})
    expect(announced).toHaveLength(2)
  })

  it('leaves no timer behind when it closes', () => {
    pairing.mint(ALICE)
    pairing.mint(ALICE)
    expect(clock.pendingTimers).toBe(1)
    pairing.close()
    expect(clock.pendingTimers).toBe(0)
  })
})
