import type { Logger } from '../shared/logger.ts'
import { relaySettings } from './config.ts'

/** A variable without effect. */
export interface VariableWarning {
  readonly variable: string
  /** The replacement, if known. */
  readonly use: string | undefined
}

/** Variables of earlier deployments with a different meaning. */
const FORMER: Readonly<Record<string, string>> = {
  JWT_SECRET:
    'OIDC_ISSUER and OIDC_AUDIENCE; tokens that are signed with a shared secret (HS256) are not accepted, so configure the provider to sign with an asymmetric key',
}
/** Prefixes that indicate a variable for this relay. */
const OURS = /^(?:TUNNEL|RATE_LIMIT)_/
/** Maximum edit distance of a likely typo. */
const MAX_DISTANCE = 8
const MAX_NAME_CHARS = 64
const MAX_WARNINGS = 20

/** Variables that look like settings but have no effect. */
export function variableWarnings(env: Readonly<Record<string, string | undefined>>): VariableWarning[] {
  const settings = relaySettings().map(({ variables }) => variables)
  const known = new Set(settings.flat())
  const set = Object.keys(env).filter((name) => env[name])
  const former = set.flatMap((variable) => {
    const use = Object.hasOwn(FORMER, variable) ? FORMER[variable] : undefined
    return use === undefined || known.has(variable) ? [] : [{ variable, use }]
  })
  const unknown = set
    .filter((name) => OURS.test(name) && !known.has(name))
    .map((variable) => ({ variable, use: nearest(variable, known) }))
  // A name may belong to several settings.
  const effective = new Set(settings.map((variables) => variables.find((name) => env[name])))
  const beaten = settings.flatMap((variables) => {
    const [first = '', ...others] = variables.filter((name) => env[name])
    return others
      .filter((name) => env[name] !== env[first] && !effective.has(name))
      .map((variable) => ({ variable, use: first }))
  })
  return [...former, ...unknown, ...beaten].slice(0, MAX_WARNINGS)
}

/** Warns the operator at startup. Values may be secrets and are not printed. */
export function warnOfVariables(env: Readonly<Record<string, string | undefined>>, logger: Logger): void {
  for (const warning of variableWarnings(env)) logger.warn(warning, 'variable has no effect')
}

function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  if (name.length > MAX_NAME_CHARS) return undefined
  const ranked = [...known].map((other) => ({ other, distance: distanceBetween(name, other) }))
  const [best] = ranked.toSorted((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= MAX_DISTANCE ? best.other : undefined
}

/** Levenshtein distance: inserted, deleted or replaced characters. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
