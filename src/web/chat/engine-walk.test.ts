/** Random walks over the page: some tabs of one browser, a relay, and everything that can happen in between. */
import fc from 'fast-check'
import { it } from 'vitest'
import { Walk, WEIGHTS, type Act, type Step } from './engine-walk.test-support.ts'

/** For a longer search, use other seeds and more walks: 10,000 take a minute or two. */
const SEED = 1
const WALKS = 500
const MAX_STEPS = 80
/** Enough to print the shortest failing walk found by then. */
const LONGEST_SEARCH_MS = 15_000

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(
    ...Object.entries(WEIGHTS).map(([act, weight]) => ({ arbitrary: fc.constant(act as Act), weight })),
  ),
  tab: fc.nat(2),
  pick: fc.nat(999),
  deliveries: fc.array(fc.nat(99), { maxLength: 12 }),
})

const options = fc.record({
  tabs: fc.integer({ min: 1, max: 3 }),
  hasLocks: fc.boolean(),
  api: fc.constantFrom('ollama', 'openai'),
  isStorageSlow: fc.boolean(),
  isShared: fc.boolean(),
  isHarmful: fc.boolean(),
})

const steps = fc.array(step, { maxLength: MAX_STEPS, size: 'max' })

it('after any walk, tabs show what is stored, and every answer is whole', async () => {
  const walks = fc.asyncProperty(options, steps, async (surroundings, taken) => {
    const walk = new Walk(surroundings)
    try {
      await walk.begin()
      for (const each of taken) await walk.take(each)
      await walk.end()
    } catch (cause) {
      throw new Error(walk.steps.join('\n'), { cause })
    } finally {
      walk.close()
    }
  })
  await fc.assert(walks, { seed: SEED, numRuns: WALKS, interruptAfterTimeLimit: LONGEST_SEARCH_MS })
})
