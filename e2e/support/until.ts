import { setTimeout as delay } from 'node:timers/promises'
import { PATIENCE_MS } from './patience.ts'

export interface UntilOptions {
  /** Named in the error. */
  readonly what?: string
  readonly timeoutMs?: number
  readonly everyMs?: number
}

/** Polls until the condition holds. Rejects with the condition at the timeout. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { what = holds.toString(), timeoutMs = PATIENCE_MS, everyMs = 5 }: UntilOptions = {},
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`This did not hold within ${timeoutMs} ms: ${what}`)
    await delay(everyMs)
  }
}
