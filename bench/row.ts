import { ratioOf, spreadOf, type Spread } from './figures.ts'
import type { Path } from './stage.ts'

/** A measurement and its target. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly direct?: Spread | undefined
  readonly ours: Spread
  readonly ssh?: Spread | undefined
  readonly oursToDirect?: number | undefined
  readonly oursToSsh?: number | undefined
  readonly target: string
  readonly reached: boolean | undefined
}

/** Results of each route by round. */
export type Rounds = Readonly<Record<Path['name'], readonly number[]>>

/** Measures the routes alternately, so a slow moment of the machine affects all of them. */
export async function inTurn(
  paths: readonly Path[],
  rounds: number,
  measure: (path: Path, round: number) => Promise<number>,
): Promise<Rounds> {
  const measured = { direct: [] as number[], ours: [] as number[], ssh: [] as number[] }
  for (let round = 0; round < rounds; round++)
    for (const path of paths) measured[path.name].push(await measure(path, round))
  return measured
}

export interface Target {
  readonly text: string
  readonly isReached: (row: Omit<Row, 'target' | 'reached'>) => boolean | undefined
}

export function rowFor(what: string, unit: string, rounds: Rounds, target: Target): Row {
  const { direct, ours, ssh } = rounds
  const row = {
    what,
    unit,
    direct: direct.length > 0 ? spreadOf(direct) : undefined,
    ours: spreadOf(ours),
    ssh: ssh.length > 0 ? spreadOf(ssh) : undefined,
    oursToDirect: ratioOf(ours, direct),
    oursToSsh: ratioOf(ours, ssh),
  }
  return { ...row, target: target.text, reached: target.isReached(row) }
}

/** A row without other routes to compare with. */
export function ownRow(what: string, unit: string, values: readonly number[], max: number): Row {
  const rounds = { direct: [], ours: values, ssh: [] }
  return rowFor(what, unit, rounds, {
    text: `<= ${max} ${unit}`,
    isReached: ({ ours }) => ours.median <= max,
  })
}
