import { preciseNow } from '../child.ts'
import { stream } from '../client.ts'
import { CpuMeter } from '../cost.ts'
import { quantile } from '../figures.ts'
import { inTurn, NO_TARGET, rowFor, type Row, type Rounds } from '../row.ts'
import type { Path, Stage } from '../stage.ts'

const STREAMS = 100
const TOKENS_PER_S = 20
/** Spreads the streams' first tokens evenly over one token interval. */
const STAGGER_MS = 5.5
const MAX_RELAY_US = 30

/** Delay added by the tunnel to a token while 100 responses stream, and its CPU time. @param warmUpS like for requests */
export async function tokenRows(
  { paths }: Stage,
  rounds: number,
  seconds: number,
  warmUpS: number,
): Promise<Row[]> {
  const p99: Partial<Record<Path['name'], number[]>> & { ours: number[] } = { ours: [] }
  const cpu = new CpuMeter()
  const measure = async (path: Path): Promise<number[]> => {
    const delays = await delaysOf(path, seconds * TOKENS_PER_S)
    ;(p99[path.name] ??= []).push(quantile(delays, 0.99))
    return delays
  }
  for (const path of paths) await delaysOf(path, warmUpS * TOKENS_PER_S)
  const p50 = await inTurn(paths, rounds, async (path) => {
    let delays: number[] = []
    const run = async (): Promise<number> => {
      delays = await measure(path)
      return STREAMS * seconds * TOKENS_PER_S
    }
    await cpu.measure(path, run)
    return quantile(delays, 0.5)
  })
  return [
    addedRow(
      'p50',
      p50,
      (ours, ssh) => (ssh === undefined ? undefined : ours <= ssh + 0.1),
      '<= ssh + 0.1 ms',
    ),
    addedRow('p99', p99, (ours) => ours <= 2, '<= 2 ms'),
    ...cpu.rows('of a token', { relay: MAX_RELAY_US }),
  ]
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

/** Direct access adds nothing by definition; its column has its own delay. */
function addedRow(
  which: string,
  { direct = [], ...delays }: Rounds,
  isReached: (oursMs: number, sshMs?: number) => boolean | undefined,
  text: string,
): Row {
  const added = Object.entries(delays).map(([name, values]) => [
    name,
    values.map((value, round) => value - (direct[round] ?? Number.NaN)),
  ])
  const what = `added delay of a token, ${STREAMS} streams, ${which}`
  const row = rowFor(what, 'ms', Object.fromEntries(added) as Rounds, {
    text,
    isReached: ({ ours, others }) => isReached(ours.median, others.ssh?.median),
  })
  const { ours } = rowFor(what, 'ms', { ours: direct }, NO_TARGET)
  return { ...row, others: { ...row.others, direct: ours } }
}
