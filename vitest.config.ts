import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { PATIENCE_MS } from './e2e/support/patience.ts'

/** They measure time or memory, or keep both cores busy by themselves, so they run after all others. */
const MEASURED = [
  'system/cancel',
  'system/cluster-failure',
  'system/cluster-hop',
  'system/cluster-rollout',
  'system/hostile-flood',
  'system/hostile-memory',
  'system/resume',
  'system/slow-reader',
  'web/budget',
  'web/long-conversation',
].map((name) => `e2e/${name}.test.ts`)

/** These take a minute or longer. Started last, one of them would run alone at the end; unit tests take the least. */
const LONGEST = [
  'desktop/window-views',
  'system/cost',
  'web/views',
  'web/chat',
  'web/interaction',
  'system/cli-start',
  'desktop/lifecycle',
  'system/jobs-memory',
  'system/cli-bridge',
  'system/cli-start-app',
  'web/jobs',
].map((name) => `e2e/${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      if (LONGEST.some((name) => moduleId.endsWith(name))) return 0
      return project.name === 'unit' ? 2 : 1
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

/**
 * One more than the cores of a small machine: half of an end-to-end test is waiting for programs and sockets. With another
 * one, the cores have no time left, and waits of half a minute end.
 */
const PARALLEL = { maxWorkers: 3 }
/** They end only what hangs. */
const DEADLINES = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: PATIENCE_MS, interval: 10 } },
}
/** A run leaves five hundred directories, and on many systems they are in memory. */
const UNIT_FILES = join(tmpdir(), `ctl-${process.pid}`)
const END_TO_END = {
  ...DEADLINES,
  // The tests start some hundred processes: each finds its modules compiled by the first.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
  // Beside programs that keep both cores busy, some tests take minutes.
  testTimeout: 300_000,
  hookTimeout: 300_000,
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          env: { TMPDIR: UNIT_FILES, TEMP: UNIT_FILES, TMP: UNIT_FILES },
          globalSetup: 'e2e/support/temporary-files.ts',
          // Loading the modules again for each file takes longer than the tests.
          isolate: false,
          ...DEADLINES,
          ...PARALLEL,
        },
      },
      {
        test: {
          name: 'system',
          include: ['e2e/system/**/*.test.ts'],
          exclude: MEASURED,
          // As for unit tests: a quick file spends half of its time on loading the relay and the bridge.
          isolate: false,
          ...END_TO_END,
          ...PARALLEL,
        },
      },
      {
        test: {
          name: 'measured',
          include: MEASURED,
          ...END_TO_END,
          // One core each, of which they use half: most of their time is waiting.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
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
