import { z } from 'zod'
import type { Handlers } from '../data-dir/control.ts'
import { MAX_DAYS, type UsageHistory } from './usage-history.ts'

const Days = z.looseObject({ days: z.int().min(1).max(MAX_DAYS) })

const Totals = z.object({
  name: z.string(),
  requests: z.int(),
  errors: z.int(),
  tokens: z.int(),
  medianMs: z.int().nullable(),
})

/** `UsageSummary` as another process receives it. */
export const UsageReport = z.object({
  days: z.array(Totals),
  models: z.array(Totals),
  keys: z.array(Totals),
})

/** Questions about the history that other processes of this user may ask, for `Holder.serve`. */
export function usageHandlers(usage: Pick<UsageHistory, 'summary' | 'lastUsed' | 'csv' | 'clear'>): Handlers {
  return {
    'usage.get': async (request) => usage.summary(Days.parse(request).days),
    'usage.lastUsed': async () => usage.lastUsed(),
    'usage.csv': async () => usage.csv(),
    'usage.clear': async () => usage.clear(),
  }
}
