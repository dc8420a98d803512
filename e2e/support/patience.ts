/** How long tests wait for anything: long enough beside programs that keep both cores busy. */
export const PATIENCE_MS = 45_000

/** Gives a page, or all pages of a context, the same deadline; Playwright's own is shorter. */
export function patient<T extends { setDefaultTimeout(timeoutMs: number): void }>(one: T): T {
  one.setDefaultTimeout(PATIENCE_MS)
  return one
}
