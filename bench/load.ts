/** Load test of one relay: many tunnels, many streams, a connection storm. On loopback, and bounded in time. */
import { parseArgs } from 'node:util'
import { idleLoad } from './load/idle.ts'
import { stormLoad } from './load/storm.ts'
import { streamsLoad } from './load/streams.ts'
import type { Row } from './row.ts'
import { tableOf } from './table.ts'

const FULL = { tunnels: 10_000, streams: 1_000, seconds: 15, devices: 2_000, rounds: 3 }
const QUICK = { tunnels: 1_000, streams: 200, seconds: 5, devices: 500, rounds: 2 }

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
})
const { tunnels, streams, seconds, devices, rounds } = options.quick ? QUICK : FULL
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
const rows: Row[] = []
process.stderr.write(`Connecting ${tunnels} tunnels\n`)
rows.push(...(await idleLoad(tunnels)))
process.stderr.write(`Streaming ${streams} answers\n`)
rows.push(...(await streamsLoad(streams, seconds)))
process.stderr.write(`Letting ${devices} devices connect at once\n`)
rows.push(...(await stormLoad(devices, rounds)))
const output = options.json ? JSON.stringify(rows) : tableOf(rows)
process.stdout.write(`${output}\n`, () => process.exit())
