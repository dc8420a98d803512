import type { Clock } from './clock.ts'

/** Runs `work` once for all calls within `delayMs`, at the end of that time. */
export function coalesced(clock: Clock, delayMs: number, work: () => void): () => void {
  let isDue = false
  return () => {
    if (isDue) return
    isDue = true
    clock.after(delayMs, () => {
      isDue = false
      work()
    })
  }
}
