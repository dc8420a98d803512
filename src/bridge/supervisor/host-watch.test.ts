import { beforeEach, describe, expect, it } from 'vitest'
import type { MonotonicMs } from '../../shared/brands.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { HostWatch } from './host-watch.ts'

let clock: FakeClock
let addresses: string
let upheavals: number
let hasNetwork: boolean | undefined
let watch: HostWatch
beforeEach(() => {
  clock = new FakeClock()
  addresses = '192.168.1.7'
  upheavals = 0
  const onUpheaval = (has: boolean) => {
    upheavals++
    hasNetwork = has
  }
  watch = new HostWatch({ clock, addresses: () => addresses, onUpheaval })
  watch.start()
})

describe('the host watch', () => {
  it('reports nothing while the clock and the network behave normally', () => {
    clock.advance(3_600_000)
    clock.jump(500)
    clock.advance(60_000)
    expect(upheavals).toBe(0)
  })

  it('reports a sleep once, within seconds of waking', () => {
    clock.jump(15 * 60_000)
    clock.advance(5_000)
    expect(upheavals).toBe(1)
    clock.advance(60_000)
    expect(upheavals).toBe(1)
  })

  it('also detects a sleep if the monotonic clock keeps running, as on macOS and Windows', () => {
    clock.monotonic = () => clock.now() as number as MonotonicMs
    clock.jump(15 * 60_000)
    clock.advance(5_000)
    expect(upheavals).toBe(1)
  })

  it('does not report a sleep that the system has reported, but does report the network change after it', () => {
    clock.jump(15 * 60_000)
    watch.wakeKnown()
    clock.advance(5_000)
    expect(upheavals).toBe(0)
    addresses = '10.0.0.3'
    clock.advance(5_000)
    expect(upheavals).toBe(1)
  })

  it('reports a network change', () => {
    addresses = '10.0.0.3'
    clock.advance(5_000)
    expect(upheavals).toBe(1)
  })

  it('reports when there is no network at all', () => {
    addresses = ''
    clock.advance(5_000)
    expect(hasNetwork).toBe(false)
    addresses = '10.0.0.3'
    clock.advance(5_000)
    expect(hasNetwork).toBe(true)
  })

  it('leaves no timer behind once stopped', () => {
    watch.stop()
    expect(clock.pendingTimers).toBe(0)
  })
})
