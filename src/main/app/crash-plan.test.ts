import { expect, it } from 'vitest'
import { crashPlanFor } from './crash-plan.ts'

it.each([
  ['that ran for a while starts again', { uptimeS: 61, hasParent: false }, 'restart'],
  ['that crashes as it starts does not crash for ever', { uptimeS: 59, hasParent: false }, 'giveUp'],
  ['that belongs to a command leaves no process behind', { uptimeS: 61, hasParent: true }, 'giveUp'],
] as const)('an app %s', (_title, facts, plan) => {
  expect(crashPlanFor(facts)).toBe(plan)
})
