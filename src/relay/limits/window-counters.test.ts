import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { MemoryCounters } from './window-counters.ts'

const MIB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heldBytes(): number {
  collect()
  // Another thread frees the arrays that the first collection has found, and the second one waits for it.
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function addAll(counters: MemoryCounters, from: number, to: number, window = 1): void {
  for (let i = from; i < to; i++) counters.add(`name-${i}`, window)
}

it('uses at most 5 MiB, however many names there are', () => {
  const before = heldBytes()
  const counters = new MemoryCounters()
  for (let window = 1; window <= 3; window++) addAll(counters, 0, 60_000, window)
  expect(heldBytes() - before).toBeLessThan(5 * MIB)
  expect(counters.get('name-0', 3)).toBe(1)
})

it('never undercounts, and loses no count to invented names', () => {
  const counters = new MemoryCounters()
  for (let i = 0; i < 7; i++) counters.add('early', 1)
  addAll(counters, 0, 100_000)
  for (let i = 0; i < 7; i++) counters.add('late', 1)
  addAll(counters, 100_000, 200_000)
  expect(counters.get('early', 1)).toBe(7)
  expect(counters.get('late', 1)).toBeGreaterThanOrEqual(7)
  for (let i = 0; i < 200_000; i += 997) expect(counters.get(`name-${i}`, 1)).toBeGreaterThanOrEqual(1)
})

it('overcounts a new name little while 200,000 names are counted', () => {
  const counters = new MemoryCounters()
  addAll(counters, 0, 200_000)
  const counts = Array.from({ length: 100 }, (_, i) => counters.get(`new-${i}`, 1))
  expect(Math.max(...counts)).toBeLessThan(10)
})

it('reverts counts, for names with their own cell and for shared ones', () => {
  const counters = new MemoryCounters()
  addAll(counters, 0, 20_000)
  for (const name of ['name-1', 'shared']) {
    const before = counters.get(name, 1)
    expect(counters.add(name, 1)).toBe(before + 1)
    counters.subtract(name, 1)
    expect(counters.get(name, 1)).toBe(before)
  }
  counters.forget('name-1', 1)
  expect(counters.get('name-1', 1)).toBe(0)
})

it('keeps the latest two windows apart', () => {
  const counters = new MemoryCounters()
  counters.add('a', 1)
  counters.add('a', 2)
  counters.add('a', 2)
  expect([counters.get('a', 1), counters.get('a', 2)]).toEqual([1, 2])
  counters.add('a', 3)
  expect([counters.get('a', 1), counters.get('a', 2), counters.get('a', 3)]).toEqual([0, 2, 1])
})
