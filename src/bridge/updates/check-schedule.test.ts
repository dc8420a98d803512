import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { CheckSchedule } from './check-schedule.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let clock: FakeClock
let looks: number
let isOn: boolean
let schedule: CheckSchedule

beforeEach(() => {
  clock = new FakeClock()
  looks = 0
  isOn = true
  schedule = new CheckSchedule({ clock, random: () => 0.5, isOn: () => isOn, look: () => looks++ })
})

describe('the schedule of checks', () => {
  it('checks soon after the start, then every six hours, for weeks', () => {
    schedule.plan('start')
    clock.advance(44_000)
    expect(looks).toBe(0)
    clock.advance(1_000)
    expect(looks).toBe(1)
    clock.advance(14 * 24 * HOUR_MS)
    expect(looks).toBe(1 + 14 * 4)
  })

  it('checks again earlier after a failure', () => {
    schedule.plan('failure')
    clock.advance(30 * MINUTE_MS)
    expect(looks).toBe(1)
  })

  it('has one scheduled check at a time', () => {
    schedule.plan('start')
    schedule.plan('check')
    schedule.plan('start')
    expect(clock.pendingTimers).toBe(1)
  })

  it('checks soon after waking up if the time has passed', () => {
    schedule.plan('check')
    clock.jump(9 * HOUR_MS)
    schedule.resumed()
    expect(looks).toBe(0)
    clock.advance(MINUTE_MS)
    expect(looks).toBe(1)
  })

  it('keeps its schedule after a short sleep that the timer did not count', () => {
    schedule.plan('check')
    clock.jump(2 * HOUR_MS)
    schedule.resumed()
    clock.advance(4 * HOUR_MS - 1)
    expect(looks).toBe(0)
    clock.advance(1)
    expect(looks).toBe(1)
  })

  it('is not postponed for years by a clock that was set back', () => {
    schedule.plan('check')
    clock.jump(-10_000 * HOUR_MS)
    schedule.resumed()
    clock.advance(6 * HOUR_MS)
    expect(looks).toBe(1)
  })

  it('leaves no timer behind when off or stopped', () => {
    schedule.plan('check')
    isOn = false
    schedule.refresh()
    schedule.plan('start')
    schedule.resumed()
    expect(clock.pendingTimers).toBe(0)
    isOn = true
    schedule.refresh()
    expect(clock.pendingTimers).toBe(1)
    schedule.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('is not postponed by a change of other settings', () => {
    schedule.plan('start')
    clock.advance(40_000)
    schedule.refresh()
    clock.advance(5_000)
    expect(looks).toBe(1)
  })
})
