import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'system',
          include: ['e2e/system/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Timed claims and gigabyte bodies would disturb each other side by side.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'desktop',
          include: ['e2e/desktop/**/*.test.ts'],
          globalSetup: 'e2e/support/say-stage.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
