import { beforeEach, expect, test } from 'vitest'
import { isChallenge } from '../../shared/device-proof.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { Challenges } from './challenges.ts'

const secret = Buffer.alloc(32, 1)
let clock: FakeClock
let challenges: Challenges
beforeEach(() => {
  clock = new FakeClock()
  challenges = new Challenges(secret, clock)
})

test('a challenge is valid for a minute, at every relay with the same key', () => {
  const text = challenges.issue()
  expect(isChallenge(text)).toBe(true)
  clock.jump(60_000)
  expect(new Challenges(secret, clock).isFresh(text)).toBe(true)
  clock.jump(1)
  expect(challenges.isFresh(text)).toBe(false)
})

test('no two are the same', () => {
  expect(challenges.issue()).not.toBe(challenges.issue())
})

test('a forged or modified one is invalid', () => {
  const text = challenges.issue()
  expect(new Challenges(Buffer.alloc(32, 2), clock).isFresh(text)).toBe(false)
  for (const other of ['', 'x', 'x'.repeat(43), text.slice(1), `B${text.slice(1)}`])
    expect(challenges.isFresh(other)).toBe(false)
})
