/** Measures the cost of the two ends of a tunnel: CPU time and system calls per request or token. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { ownRow, rowFor, atMost, NO_TARGET, type Row, type Rounds } from './row.ts'
import type { Ends, Path } from './stage.ts'

const ENDS = ['relay', 'bridge'] as const
/** Milliseconds per clock tick of the kernel's accounting. */
const TICK_MS = 10

/** The CPU time of a phase by route, for the routes whose ends are known. */
export class CpuMeter {
  readonly #costs: Readonly<Record<keyof Ends, Partial<Record<Path['name'], number[]>>>> = {
    relay: {},
    bridge: {},
  }

  /** Runs a phase. @param run resolves with the number of requests or tokens */
  async measure({ name, ends }: Path, run: () => Promise<number>): Promise<void> {
    if (ends === undefined) return void (await run())
    const before = ENDS.map((end) => cpuMsOf(ends[end]))
    const units = await run()
    for (const [at, end] of ENDS.entries())
      (this.#costs[end][name] ??= []).push(((cpuMsOf(ends[end]) - (before[at] ?? 0)) * 1000) / units)
  }

  /** @param what "of a token". @returns none on a system that does not report a process's CPU time */
  rows(what: string, max: Partial<Ends>): Row[] {
    return ENDS.flatMap((end) => {
      const costs = this.#costs[end]
      if (costs.ours?.some(Number.isNaN) !== false) return []
      const target = max[end] === undefined ? NO_TARGET : atMost(max[end], 'µs')
      return [rowFor(`CPU ${what}, ${end}`, 'µs', costs as Rounds, target)]
    })
  }
}

/** CPU time of all threads of a process, in steps of 10 ms. NaN without `/proc`. */
function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name may contain spaces; user and system time are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return Number.NaN
  }
}

/** System calls per unit of work that `run` reports; none if `strace` is missing or may not attach. */
export async function syscallRows(what: string, pids: Ends, run: () => Promise<number>): Promise<Row[]> {
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
