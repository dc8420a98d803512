import { askRepeatedly, requestFor } from '../client.ts'
import { CpuMeter, syscallRows } from '../cost.ts'
import { median } from '../figures.ts'
import { atLeastOfSsh, inTurn, rowFor, type Row, type Target } from '../row.ts'
import type { Path, Stage } from '../stage.ts'

const IN_FLIGHT = 64
const KINDS = [
  { name: 'GET /api/version', line: 'GET /api/version', body: '' },
  { name: 'POST /api/show', line: 'POST /api/show', body: '{"model":"bench"}' },
]
const MAX_US = 70
const LATENCY: Target = {
  text: '<= 3x ssh',
  isReached: ({ ratios: { ssh } }) => (ssh === undefined ? undefined : ssh <= 3),
}

/** Requests and responses of a few hundred bytes on persistent connections. @param warmUpS the JIT compilers need six */
export async function smallRequestRows(
  stage: Stage,
  rounds: number,
  seconds: number,
  warmUpS: number,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, line, body } of KINDS) {
    const ask = (path: Path, connections: number, forS: number): Promise<number[]> =>
      askInParallel(path, requestFor(path, line, body), connections, forS)
    await inTurn(stage.paths, 1, async (path) => median(await ask(path, IN_FLIGHT, warmUpS)))
    const cpu = new CpuMeter()
    const perSecond = await inTurn(stage.paths, rounds, async (path) => {
      let asked = 0
      await cpu.measure(path, async () => (asked = (await ask(path, IN_FLIGHT, seconds)).length))
      return asked / seconds
    })
    rows.push(rowFor(`${name}, ${IN_FLIGHT} in flight`, 'req/s', perSecond, atLeastOfSsh(0.5)))
    rows.push(...cpu.rows(`of ${name}, ${IN_FLIGHT} in flight`, { relay: MAX_US, bridge: MAX_US }))
    const oneAtATime = await inTurn(stage.paths, rounds, async (path) => median(await ask(path, 1, seconds)))
    rows.push(rowFor(`${name}, one at a time`, 'ms', oneAtATime, LATENCY))
    const [ours] = stage.paths.filter((path) => path.name === 'ours')
    if (ours?.ends === undefined) continue
    for (const connections of [IN_FLIGHT, 1])
      rows.push(
        ...(await syscallRows(`of ${name}, ${connections} in flight`, ours.ends, async () => {
          return (await ask(ours, connections, seconds)).length
        })),
      )
  }
  return rows
}

/** The same for a client with a public address, at a relay that limits and logs. */
export async function publicClientRow(
  { paths, publicPath }: Stage,
  rounds: number,
  seconds: number,
  warmUpS: number,
): Promise<Row> {
  const routes = [...paths.filter(({ name }) => name === 'ssh'), publicPath]
  const ask = async (path: Path, forS: number): Promise<number> =>
    (await askInParallel(path, requestFor(path, 'GET /api/version'), IN_FLIGHT, forS)).length / forS
  await ask(publicPath, warmUpS)
  const perSecond = await inTurn(routes, rounds, (path) => ask(path, seconds))
  const what = `GET /api/version, ${IN_FLIGHT} in flight, public client, limits and logs on`
  return rowFor(what, 'req/s', perSecond, atLeastOfSsh(0.5))
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
