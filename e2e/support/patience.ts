/** How long tests wait for anything: long enough beside programs that keep both cores busy. */
export const PATIENCE_MS = 45_000
