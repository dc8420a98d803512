/** Requests to models over some days: counts only. */
export interface UsageSummary {
  /** One per local day, oldest first, today last. */
  readonly days: readonly UsageTotals[]
  /** Most requests first. An empty name is unknown. */
  readonly models: readonly UsageTotals[]
  readonly keys: readonly UsageTotals[]
}

/** Totals of a day, model or key. */
export interface UsageTotals {
  /** Local day as `2026-11-29`, model, or key. */
  readonly name: string
  readonly requests: number
  /** Failed ones among `requests`. */
  readonly errors: number
  readonly tokens: number
  /** Within a fifth of the true median, because durations are stored in classes. `null` without a successful request. */
  readonly medianMs: number | null
}
