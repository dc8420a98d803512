import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CLIENT_INPUTS } from '../support/cost-client-inputs.ts'
import { DEVICE_INPUTS } from '../support/cost-device-inputs.ts'
import { RELAY_INPUTS } from '../support/cost-relay-inputs.ts'
import { FLOOD_INPUTS } from '../support/cost-flood-inputs.ts'
import { WATCHER_INPUTS } from '../support/cost-watcher-inputs.ts'
import type { CostInput, Sent } from '../support/cost-input.ts'
import { CostStage } from '../support/cost-stage.ts'
import type { SeparateProcess, Work } from '../support/separate-process.ts'

/** The longest that others may wait while the relay or bridge handles one client's input. */
const MAX_TURN_MS = 100
/** CPU time at either end: per byte, and per request, connection or form. */
const MAX_NS_PER_BYTE = 250
const MAX_MS_PER_REQUEST = 4
/** Heap that is held for input that is still there; nothing is held for what has been answered. */
const MAX_HELD_PER_BYTE = 4
const SPARE_BYTES = 2 ** 20
/** CPU time that an idle process may use between two looks. */
const MAX_IDLE_MS = 5
const LOOK_MS = 50

/** One input at one end, by its most expensive form. */
interface Price extends Sent, Work {
  readonly input: string
  readonly form: string
  readonly heldBytes: number
  readonly maxHeldBytes: number
}

const INPUTS = [...CLIENT_INPUTS, ...FLOOD_INPUTS, ...WATCHER_INPUTS, ...DEVICE_INPUTS, ...RELAY_INPUTS]
let stage: CostStage
const prices: Price[] = []
/** Heap held at each end after the last input, unless that input is still held or fills tables. */
const settled = new Map<SeparateProcess, number>()

beforeAll(async () => {
  stage = await CostStage.start()
  // Warm up: the first requests compile and load code.
  for (const input of CLIENT_INPUTS.slice(0, 2)) await measure(input)
})
afterAll(async () => {
  await stage.close()
  process.stdout.write(tableOf(prices))
})

describe('no input costs more than its size justifies', () => {
  it.each(INPUTS.map((input) => [input.name, input] as const))('%s', { retry: 1 }, async (_name, input) => {
    const measured = await measure(input)
    prices.push(...measured)
    for (const price of measured) {
      expect(price.longestTurnMs, `longest turn: ${JSON.stringify(price)}`).toBeLessThan(
        input.maxTurnMs ?? MAX_TURN_MS,
      )
      expect(price.cpuMs, `CPU time: ${JSON.stringify(price)}`).toBeLessThan(
        allowedMs(price, input.maxMsPerRequest),
      )
      expect(price.heldBytes, `heap held: ${JSON.stringify(price)}`).toBeLessThan(price.maxHeldBytes)
    }
  })
})

async function measure({
  name,
  from,
  forms,
  stays = false,
  fillsTables = false,
  maxHeldPerRequest = 0,
}: CostInput): Promise<Price[]> {
  const names = Object.keys(stage.endsFor(from))
  const ends = Object.values(stage.endsFor(from))
  if (fillsTables) {
    for (const form of forms) await form.send(stage)
    settled.clear()
  }
  const before = await Promise.all(ends.map(async (end) => settled.get(end) ?? settledBytes(end)))
  await Promise.all(ends.map((end) => end.work()))
  const measured: (Sent & { form: string; works: readonly Work[] })[] = []
  for (const form of forms) {
    const sent = await form.send(stage)
    const works = await Promise.all(ends.map((end) => end.work()))
    measured.push({
      form: form.name,
      ...sent,
      works,
    })
  }
  const after = await Promise.all(ends.map(settledBytes))
  stage.release()
  for (const [at, end] of ends.entries()) {
    if (stays) settled.delete(end)
    else settled.set(end, after[at]!)
  }
  const heldFor = stays
    ? measured.reduce(
        (sum, { bytes, requests }) => sum + bytes * MAX_HELD_PER_BYTE + requests * maxHeldPerRequest,
        0,
      )
    : 0
  return names.map((end, at) => {
    const dearest = measured
      .map(({ works, ...rest }) => ({ ...rest, ...works[at]! }))
      .toSorted((a, b) => shareOfAllowed(b) - shareOfAllowed(a))[0]!
    return {
      ...dearest,
      input: `${name} → ${end}`,
      heldBytes: after[at]! - before[at]!,
      maxHeldBytes: heldFor + SPARE_BYTES,
    }
  })
}

/** Heap that is held once a process has nothing left to do: it may still be releasing earlier input. */
async function settledBytes(end: SeparateProcess): Promise<number> {
  await vi.waitFor(async () => expect((await end.work()).cpuMs).toBeLessThan(MAX_IDLE_MS), {
    interval: LOOK_MS,
    timeout: 20_000,
  })
  return end.heldBytes()
}

function shareOfAllowed(price: Sent & Work): number {
  return Math.max(price.cpuMs / allowedMs(price), price.longestTurnMs / MAX_TURN_MS)
}

function allowedMs({ bytes, requests }: Sent, msPerRequest = MAX_MS_PER_REQUEST): number {
  return (bytes * MAX_NS_PER_BYTE) / 1e6 + requests * msPerRequest
}

function tableOf(rows: readonly Price[]): string {
  const columns = (...cells: string[]): string =>
    `${cells.map((cell, i) => (i < 2 ? cell.slice(0, 48).padEnd(48) : cell.padStart(11))).join(' ')}\n`
  const lines = rows.map(({ input, form, bytes, cpuMs, longestTurnMs, heldBytes }) =>
    columns(
      input,
      form,
      `${(bytes / 1024).toFixed(0)} KiB`,
      `${cpuMs.toFixed(1)} ms`,
      `${((cpuMs * 1e6) / bytes).toFixed(0)} ns/B`,
      `${longestTurnMs.toFixed(0)} ms`,
      `${(heldBytes / 1024).toFixed(0)} KiB`,
    ),
  )
  return columns('input', 'dearest form', 'bytes', 'CPU', 'CPU/byte', 'turn', 'held') + lines.join('')
}
