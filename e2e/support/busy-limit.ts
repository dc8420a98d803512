/** How much longer something may take than a request that waits for nothing. */
const MAX_ROUND_TRIPS = 10

/** A limit of time on this machine as busy as it is now: the target, and some times of a request that waits for nothing. */
export async function busyLimitMs(targetMs: number, request: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await request()
  return targetMs + MAX_ROUND_TRIPS * (performance.now() - startedAt)
}
