import { askRepeatedly, requestFor } from '../client.ts'
import { median } from '../figures.ts'
import { inTurn, rowFor, type Row, type Target } from '../row.ts'
import type { Path, Stage } from '../stage.ts'

const IN_FLIGHT = 64
const WARM_UP_S = 1
const KINDS = [
  { name: 'GET /api/version', line: 'GET /api/version', body: '' },
  { name: 'POST /api/show', line: 'POST /api/show', body: '{"model":"bench"}' },
]
const THROUGHPUT: Target = {
  text: '>= 1.2x ssh',
  isReached: ({ oursToSsh }) => (oursToSsh === undefined ? undefined : oursToSsh >= 1.2),
}
const LATENCY: Target = {
  text: '<= 1.5x ssh',
  isReached: ({ oursToSsh }) => (oursToSsh === undefined ? undefined : oursToSsh <= 1.5),
}

/** Requests and responses of a few hundred bytes on persistent connections. */
export async function smallRequestRows({ paths }: Stage, rounds: number, seconds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, line, body } of KINDS) {
    // Warm-up of all JIT compilers.
    await inTurn(paths, 1, async (path) =>
      median(await askInParallel(path, requestFor(path, line, body), IN_FLIGHT, WARM_UP_S)),
    )
    const perSecond = await inTurn(paths, rounds, async (path) => {
      const took = await askInParallel(path, requestFor(path, line, body), IN_FLIGHT, seconds)
      return took.length / seconds
    })
    rows.push(rowFor(`${name}, ${IN_FLIGHT} in flight`, 'req/s', perSecond, THROUGHPUT))
    const oneAtATime = await inTurn(paths, rounds, async (path) =>
      median(await askInParallel(path, requestFor(path, line, body), 1, seconds)),
    )
    rows.push(rowFor(`${name}, one at a time`, 'ms', oneAtATime, LATENCY))
  }
  return rows
}

async function askInParallel(
  path: Path,
  request: Buffer,
  connections: number,
  seconds: number,
): Promise<number[]> {
  const untilMs = performance.now() + seconds * 1000
  const asked = Array.from({ length: connections }, () => askRepeatedly(path, request, untilMs))
  return (await Promise.all(asked)).flat()
}
