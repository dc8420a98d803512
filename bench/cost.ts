/** Measures the cost of relay and bridge: CPU time and system calls per request or token. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { ownRow, type Row } from './row.ts'
import type { Stage } from './stage.ts'

const ENDS = ['relay', 'bridge'] as const
type End = (typeof ENDS)[number]
type Cost = Readonly<Record<End, number>>

/** CPU time in microseconds for each of the units that `run` says it did. */
export async function cpuPerUnit(stage: Stage, run: () => Promise<number>): Promise<Cost> {
  const before = await stage.cpuMs()
  const units = await run()
  const after = await stage.cpuMs()
  const usOf = (end: End): number => ((after[end] - before[end]) * 1000) / units
  return { relay: usOf('relay'), bridge: usOf('bridge') }
}

/** @param what "of a token" */
export function cpuRows(what: string, costs: readonly Cost[], max: Partial<Cost>): Row[] {
  return ENDS.map((end) =>
    ownRow(
      `CPU ${what}, ${end}`,
      'µs',
      costs.map((cost) => cost[end]),
      max[end],
    ),
  )
}

/** System calls for each of the units that `run` says it did; none where `strace` is missing or may not attach. */
export async function syscallRows(what: string, { pids }: Stage, run: () => Promise<number>): Promise<Row[]> {
  if (spawnSync('strace', ['-V']).status !== 0) return []
  const traces = ENDS.map((end) => {
    const child = spawn('strace', ['-c', '-f', '-p', String(pids[end])], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let text = ''
    child.stderr.on('data', (chunk) => (text += chunk))
    return { end, child, closed: once(child, 'close'), text: () => text }
  })
  await Promise.all(
    traces.map(({ child }) => Promise.race([once(child.stderr, 'data'), once(child, 'close')])),
  )
  const units = await run()
  for (const { child } of traces) child.kill('SIGINT')
  await Promise.all(traces.map(({ closed }) => closed))
  return traces.flatMap(({ end, text }) => {
    const calls = /^100\.00 +[\d.]+ +\d+ +(\d+)/m.exec(text())?.[1]
    return calls === undefined ? [] : [ownRow(`system calls ${what}, ${end}`, '', [Number(calls) / units])]
  })
}
