import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CLIENT_INPUTS } from '../support/cost-client-inputs.ts'
import { DEVICE_INPUTS } from '../support/cost-device-inputs.ts'
import { RELAY_INPUTS } from '../support/cost-relay-inputs.ts'
import { FLOOD_INPUTS } from '../support/cost-flood-inputs.ts'
import { WATCHER_INPUTS } from '../support/cost-watcher-inputs.ts'
import type { CostForm, CostInput, Sent } from '../support/cost-input.ts'
import { CostStage } from '../support/cost-stage.ts'
import { PATIENCE_MS } from '../support/patience.ts'
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
/** How often a form is measured at most: other programs can only make it dearer, so the cheapest measurement counts. */
const ATTEMPTS = 4
/** Closed connections release their memory within this time. */
const RELEASE_MS = PATIENCE_MS

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
  it.each(INPUTS.map((input) => [input.name, input] as const))('%s', async (_name, input) => {
    const measured = await measure(input)
    prices.push(...measured)
    for (const price of measured) {
      expect(price.longestTurnMs, `longest turn: ${JSON.stringify(price)}`).toBeLessThan(maxTurnMs(input))
      expect(price.cpuMs, `CPU time: ${JSON.stringify(price)}`).toBeLessThan(allowedMs(input, price))
      expect(price.heldBytes, `heap held: ${JSON.stringify(price)}`).toBeLessThan(price.maxHeldBytes)
    }
  })
})

async function measure(input: CostInput): Promise<Price[]> {
  const { name, from, forms, stays = false, fillsTables = false, maxHeldPerRequest = 0 } = input
  const ends = Object.entries(stage.endsFor(from))
  if (fillsTables) {
    for (const form of forms) await form.send(stage)
    settled.clear()
  }
  const before = await Promise.all(ends.map(async ([, end]) => settled.get(end) ?? settledBytes(end)))
  await Promise.all(ends.map(([, end]) => end.work()))
  const measured: FormPrices[] = []
  for (const form of forms) measured.push(await measureForm(form, input))
  const heldFor = stays
    ? measured
        .flatMap(({ sent }) => sent)
        .reduce(
          (sum, { bytes, requests }) => sum + bytes * MAX_HELD_PER_BYTE + requests * maxHeldPerRequest,
          0,
        )
    : 0
  const maxHeldBytes = heldFor + SPARE_BYTES
  const after = await Promise.all(ends.map(([, end], at) => settledBytes(end, before[at]! + maxHeldBytes)))
  stage.release()
  for (const [at, [, end]] of ends.entries()) {
    if (stays) settled.delete(end)
    else settled.set(end, after[at]!)
  }
  return ends.map(([end], at) => ({
    ...measured
      .map(({ cheapest }) => cheapest[at]!)
      .toSorted(byShareOf(input))
      .at(-1)!,
    input: `${name} → ${end}`,
    heldBytes: after[at]! - before[at]!,
    maxHeldBytes,
  }))
}

/** The cost of one form at each end. */
interface FormPrices {
  /** All that was sent to measure it. */
  readonly sent: readonly Sent[]
  readonly cheapest: readonly (Sent & Work & { readonly form: string })[]
}

async function measureForm(form: CostForm, input: CostInput): Promise<FormPrices> {
  const ends = Object.values(stage.endsFor(input.from))
  const sent: Sent[] = []
  let cheapest: FormPrices['cheapest'] = []
  do {
    const result = await form.send(stage)
    sent.push(result)
    const works = await Promise.all(ends.map((end) => end.work()))
    cheapest = works.map((work, at) => {
      const now = { ...result, ...work, form: form.name }
      return [now, cheapest[at] ?? now].toSorted(byShareOf(input))[0]!
    })
  } while (sent.length < ATTEMPTS && cheapest.some((price) => shareOfAllowed(input, price) >= 1))
  return { sent, cheapest }
}

/**
 * Heap that is held once a process has nothing left to do: it may still be releasing earlier input.
 * @param maxBytes what it may hold; more is measured again until the time is up
 */
async function settledBytes(end: SeparateProcess, maxBytes = Infinity): Promise<number> {
  await vi.waitFor(async () => expect((await end.work()).cpuMs).toBeLessThan(MAX_IDLE_MS), {
    interval: LOOK_MS,
    timeout: PATIENCE_MS,
  })
  const stop = performance.now() + RELEASE_MS
  let heldBytes = await end.heldBytes()
  while (heldBytes > maxBytes && performance.now() < stop) {
    await setTimeout(LOOK_MS)
    heldBytes = await end.heldBytes()
  }
  return heldBytes
}

/** The cheapest first. */
function byShareOf(input: CostInput): (a: Sent & Work, b: Sent & Work) => number {
  return (a, b) => shareOfAllowed(input, a) - shareOfAllowed(input, b)
}

function shareOfAllowed(input: CostInput, price: Sent & Work): number {
  return Math.max(price.cpuMs / allowedMs(input, price), price.longestTurnMs / maxTurnMs(input))
}

function allowedMs(input: CostInput, { bytes, requests }: Sent): number {
  return (bytes * MAX_NS_PER_BYTE) / 1e6 + requests * (input.maxMsPerRequest ?? MAX_MS_PER_REQUEST)
}

function maxTurnMs(input: CostInput): number {
  return input.maxTurnMs ?? MAX_TURN_MS
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
