import { ratioOf, spreadOf, type Spread } from './figures.ts'
import type { Path } from './stage.ts'

/** A measurement and its target. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly ours: Spread
  /** The other routes that were measured. */
  readonly others: Partial<Readonly<Record<OtherRoute, Spread>>>
  /** The ratio of ours to theirs. */
  readonly ratios: Partial<Readonly<Record<OtherRoute, number>>>
  readonly target: string
  readonly reached: boolean | undefined
}

type OtherRoute = Exclude<Path['name'], 'ours'>

/** Results of each route by round. */
export type Rounds = { readonly ours: readonly number[] } & Partial<
  Readonly<Record<OtherRoute, readonly number[]>>
>

/** Measures the routes alternately, so a slow moment of the machine affects all of them. */
export async function inTurn(
  paths: readonly Path[],
  rounds: number,
  measure: (path: Path, round: number) => Promise<number>,
): Promise<Rounds> {
  const measured: Partial<Record<Path['name'], number[]>> & { ours: number[] } = { ours: [] }
  for (let round = 0; round < rounds; round++)
    for (const path of paths) (measured[path.name] ??= []).push(await measure(path, round))
  return measured
}

export interface Target {
  readonly text: string
  readonly isReached: (row: Omit<Row, 'target' | 'reached'>) => boolean | undefined
}

export function rowFor(what: string, unit: string, { ours, ...rounds }: Rounds, target: Target): Row {
  const others: Partial<Record<OtherRoute, Spread>> = {}
  const ratios: Partial<Record<OtherRoute, number>> = {}
  for (const [name, values] of Object.entries(rounds) as [OtherRoute, readonly number[]][]) {
    others[name] = spreadOf(values)
    ratios[name] = ratioOf(ours, values)
  }
  const row = { what, unit, ours: spreadOf(ours), others, ratios }
  return { ...row, target: target.text, reached: target.isReached(row) }
}

/** A row without other routes to compare with. @param max no target if omitted */
export function ownRow(what: string, unit: string, values: readonly number[], max?: number): Row {
  return rowFor(what, unit, { ours: values }, max === undefined ? NO_TARGET : atMost(max, unit))
}

export const NO_TARGET: Target = { text: '', isReached: () => undefined }

export function atMost(max: number, unit: string): Target {
  return { text: `<= ${max} ${unit}`, isReached: ({ ours }) => ours.median <= max }
}

/** A share of `ssh -R`, by the ratio of `ours` to it. */
export function atLeastOfSsh(share: number): Target {
  return {
    text: `>= ${share}x ssh`,
    isReached: ({ ratios: { ssh } }) => (ssh === undefined ? undefined : ssh >= share),
  }
}
