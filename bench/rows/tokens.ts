import { preciseNow } from '../child.ts'
import { stream } from '../client.ts'
import { quantile } from '../figures.ts'
import { inTurn, rowFor, type Row, type Rounds } from '../row.ts'
import type { Path, Stage } from '../stage.ts'

const STREAMS = 100
const TOKENS_PER_S = 20
/** Spreads the streams' first tokens evenly over one token interval. */
const STAGGER_MS = 5.5

/** Delay added by the tunnel to a token while 100 responses stream. */
export async function tokenRows({ paths }: Stage, rounds: number, seconds: number): Promise<Row[]> {
  const p99: Record<Path['name'], number[]> = { direct: [], ours: [], ssh: [] }
  const p50 = await inTurn(paths, rounds, async (path) => {
    const delays = await delaysOf(path, seconds * TOKENS_PER_S)
    p99[path.name].push(quantile(delays, 0.99))
    return quantile(delays, 0.5)
  })
  return [addedRow('p50', p50, 0.5), addedRow('p99', p99, 3)]
}

async function delaysOf(path: Path, tokens: number): Promise<number[]> {
  const delays: number[] = []
  const streams = Array.from({ length: STREAMS }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, i * STAGGER_MS))
    await stream(path, `delay-${i}`, tokens, ({ n, at }) => {
      // The first second is for opening streams and the JIT compiler.
      if (n >= TOKENS_PER_S) delays.push(preciseNow() - at)
    })
  })
  await Promise.all(streams)
  return delays
}

function addedRow(which: string, delays: Rounds, maxMs: number): Row {
  const added = (values: readonly number[]): number[] =>
    values.map((value, round) => value - (delays.direct[round] ?? Number.NaN))
  const what = `added delay of a token, ${STREAMS} streams, ${which}`
  const row = rowFor(
    what,
    'ms',
    { direct: [], ours: added(delays.ours), ssh: added(delays.ssh) },
    {
      text: `<= ${maxMs} ms, below ssh`,
      isReached: ({ ours, ssh }) => ours.median <= maxMs && (ssh === undefined || ours.median < ssh.median),
    },
  )
  // Direct access adds nothing by definition; its column has its own delay.
  return { ...row, direct: rowFor(what, 'ms', { ...delays, ours: delays.direct }, NO_TARGET).ours }
}

const NO_TARGET = { text: '', isReached: () => undefined }
