/** What a check is called, for scripts and for people. */
export type CheckName =
  | 'data-dir'
  | 'upstream'
  | 'exposure'
  | 'secrets'
  | 'proxy'
  | 'relay'
  | 'clock'
  | 'credential'
  | 'websocket'
  | 'streaming'

/** What one check found. */
export interface CheckResult {
  readonly check: CheckName
  /** `warn`: it works, but something should be mended. */
  readonly level: 'ok' | 'warn' | 'fail'
  /** For people: what is so. Never holds a secret. */
  readonly detail: string
  /** For people: what to do about it; `null` where nothing has to be done. */
  readonly fix: string | null
}

export function ok(check: CheckName, detail: string): CheckResult {
  return { check, level: 'ok', detail, fix: null }
}

export function warn(check: CheckName, detail: string, fix: string): CheckResult {
  return { check, level: 'warn', detail, fix }
}

export function fail(check: CheckName, detail: string, fix: string): CheckResult {
  return { check, level: 'fail', detail, fix }
}
