/** Benchmarks the tunnel against direct access and `ssh -R`, on loopback, and prints one table. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Row } from './row.ts'
import { besideUploadRow } from './rows/beside-upload.ts'
import { bulkRows } from './rows/bulk.ts'
import { cancelRow } from './rows/cancel.ts'
import { busyRow, idleRow } from './rows/memory.ts'
import { resumeRow } from './rows/resume.ts'
import { publicClientRow, smallRequestRows } from './rows/small-requests.ts'
import { tokenRows } from './rows/tokens.ts'
import { startStage, type Stage } from './stage.ts'
import { tableOf } from './table.ts'

const FULL = {
  rounds: 5,
  seconds: 1.5,
  warmUpS: 6,
  tokenSeconds: 4,
  bulkMib: 512,
  cancels: 50,
  resumes: 5,
  tunnels: 10_000,
}
const QUICK = {
  rounds: 3,
  seconds: 1,
  warmUpS: 6,
  tokenSeconds: 2,
  bulkMib: 128,
  cancels: 20,
  resumes: 2,
  tunnels: 500,
}

type Amount = typeof FULL

/** Parts that `--only` can select. */
const PARTS: Readonly<Record<string, (stage: Stage, amount: Amount) => Promise<Row[]>>> = {
  tokens: (stage, { rounds, tokenSeconds, warmUpS }) => tokenRows(stage, rounds, tokenSeconds, warmUpS),
  small: (stage, { rounds, seconds, warmUpS }) => smallRequestRows(stage, rounds, seconds, warmUpS),
  public: async (stage, { rounds, seconds, warmUpS }) => [
    await publicClientRow(stage, rounds, seconds, warmUpS),
  ],
  bulk: (stage, { rounds, bulkMib }) => bulkRows(stage, rounds, bulkMib),
  beside: async (stage) => [await besideUploadRow(stage)],
  cancel: async (stage, { cancels }) => [await cancelRow(stage, cancels)],
  resume: async (stage, { resumes }) => [await resumeRow(stage, resumes)],
  idle: async (_stage, { tunnels }) => [await idleRow(tunnels, before)],
  busy: async (_stage, { rounds }) => [await busyRow(rounds, before)],
}

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(PARTS).join(',') },
    against: { type: 'string' },
  },
})
const asked = options.only.split(',')
const unknown = asked.find((name) => !(name in PARTS))
if (unknown !== undefined) {
  process.stderr.write(`--only: there is no "${unknown}"; there are ${Object.keys(PARTS).join(', ')}\n`)
  process.exit(2)
}
const parts = Object.entries(PARTS).filter(([name]) => asked.includes(name))
const amount = options.quick ? QUICK : FULL
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
/** The compiled benchmark of the checkout to compare with. */
const before =
  options.against === undefined ? undefined : pathToFileURL(join(options.against, 'out/bench/bench/')).href
const stage = await startStage(before)
const rows: Row[] = []
try {
  for (const [name, measure] of parts) {
    process.stderr.write(`Measuring: ${name}\n`)
    rows.push(...(await measure(stage, amount)))
  }
  await stage.close()
} catch (cause) {
  process.stderr.write(`${String(cause)}\n`)
  process.exitCode = 1
}
// The rows before a failure remain valid.
const output = options.json ? JSON.stringify(rows) : tableOf(rows)
// Open handles must not keep this process alive.
process.stdout.write(`${output}\n`, () => process.exit())
