import type { KeyedText } from '../../shared/words.ts'

/** Check names, for scripts and for display. */
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

/** The result of one check. */
export interface CheckResult {
  readonly check: CheckName
  /** `warn`: it works, but needs attention. */
  readonly level: 'ok' | 'warn' | 'fail'
  /** The finding as text, without secrets. */
  readonly detail: KeyedText
  /** The suggested fix as text; `null` if none is needed. */
  readonly fix: KeyedText | null
}

export function ok(check: CheckName, detail: KeyedText): CheckResult {
  return { check, level: 'ok', detail, fix: null }
}

export function warn(check: CheckName, detail: KeyedText, fix: KeyedText): CheckResult {
  return { check, level: 'warn', detail, fix }
}

export function fail(check: CheckName, detail: KeyedText, fix: KeyedText): CheckResult {
  return { check, level: 'fail', detail, fix }
}
