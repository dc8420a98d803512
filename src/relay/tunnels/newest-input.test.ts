import { beforeEach, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { NewestInput } from './newest-input.ts'

let clock: FakeClock
let handled: number[]
let floods: number
let inputs: NewestInput<number>
beforeEach(() => {
  clock = new FakeClock()
  handled = []
  floods = 0
  inputs = new NewestInput<number>({
    clock,
    burst: 3,
    everyMs: 1_000,
    handle: (input) => handled.push(input),
    flooded: () => floods++,
  })
})

it('are handled immediately while there are few', () => {
  for (let i = 0; i < 3; i++) inputs.push(i)
  expect(handled).toEqual([0, 1, 2])
  clock.advance(5_000)
  inputs.push(3)
  expect(handled).toEqual([0, 1, 2, 3])
  expect(clock.pendingTimers).toBe(0)
})

it('are handled once a second while more arrive, only the newest', () => {
  for (let ms = 0; ms < 5_000; ms += 10) {
    inputs.push(ms)
    clock.advance(10)
  }
  clock.advance(1_000)
  expect(handled.length).toBeLessThanOrEqual(3 + 6)
  expect(handled.at(-1)).toBe(4_990)
  expect(floods).toBe(0)
})

it('are distinguished from a flood', () => {
  for (let i = 0; i < 1_000; i++) inputs.push(i)
  expect(floods).toBe(0)
  for (let i = 0; i < 10; i++) inputs.push(i)
  expect(floods).toBeGreaterThan(0)
})

it('are forgotten when they stop', () => {
  for (let i = 0; i < 10; i++) inputs.push(i)
  inputs.stop()
  clock.advance(10_000)
  expect(handled).toEqual([0, 1, 2])
})
