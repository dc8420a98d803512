import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** They measure time or memory, or keep both cores busy by themselves: one after the other, after all others. */
const MEASURED = [
  'system/cancel',
  'system/cluster-failure',
  'system/cluster-hop',
  'system/cluster-rollout',
  'system/drain',
  'system/hostile-flood',
  'system/hostile-memory',
  'system/resume',
  'system/slow-reader',
  'web/budget',
].map((name) => `e2e/${name}.test.ts`)

/** One more than the cores of a small machine: half of an end-to-end test is waiting for programs and sockets. */
const PARALLEL = { maxWorkers: 3 }
const END_TO_END = {
  // The tests start some hundred processes: each finds its modules compiled by the first.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // Long enough beside programs that keep both cores busy.
  expect: { poll: { timeout: 45_000, interval: 10 } },
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          testTimeout: 20_000,
          // Loading the modules again for each file takes longer than the tests.
          isolate: false,
          ...PARALLEL,
        },
      },
      {
        test: {
          name: 'system',
          include: ['e2e/system/**/*.test.ts'],
          exclude: MEASURED,
          ...END_TO_END,
          ...PARALLEL,
        },
      },
      { test: { name: 'measured', include: MEASURED, ...END_TO_END, fileParallelism: false } },
      {
        test: {
          name: 'web',
          include: ['e2e/web/**/*.test.ts'],
          exclude: MEASURED,
          ...END_TO_END,
          ...PARALLEL,
        },
      },
      {
        test: {
          name: 'desktop',
          include: ['e2e/desktop/**/*.test.ts'],
          globalSetup: 'e2e/support/say-stage.ts',
          ...END_TO_END,
          ...PARALLEL,
        },
      },
    ],
  },
})
