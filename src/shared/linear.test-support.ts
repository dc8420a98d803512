import { cpuUsage } from 'node:process'
import { expect } from 'vitest'

const FACTOR = 8
/** Allowance for a garbage collection. */
const NOISE_MS = 100
const TRIES = 3

/** Asserts that eight times the input takes about eight times as long, not 64 times. For tests only. */
export async function expectLinear(run: (size: number) => unknown, size: number): Promise<void> {
  await timeOf(run, size)
  const smallMs = await timeOf(run, size)
  const largeMs = await timeOf(run, FACTOR * size)
  expect(largeMs).toBeLessThan(3 * FACTOR * smallMs + NOISE_MS)
}

async function timeOf(run: (size: number) => unknown, size: number): Promise<number> {
  let bestMs = Infinity
  for (let i = 0; i < TRIES; i++) {
    // CPU time instead of the clock, since other processes share the machine.
    const before = cpuUsage()
    await run(size)
    const { user, system } = cpuUsage(before)
    bestMs = Math.min(bestMs, (user + system) / 1000)
  }
  return bestMs
}
