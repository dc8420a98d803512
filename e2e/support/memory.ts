import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as (options: { execution: 'async' }) => Promise<void>

/** A collection that frees less was not needed. */
const NOTHING_BYTES = 64 * 1024

/** Bytes of objects and buffers that this process still holds after a full garbage collection. */
export async function heldBytes(): Promise<number> {
  let held = await collectAll()
  // Buffers are freed by the next collection, after finalizers have run.
  for (let round = 0; round < 2; round++) {
    const before = held
    held = await collectAll()
    if (before - held < NOTHING_BYTES) break
  }
  return held
}

async function collectAll(): Promise<number> {
  await collectGarbage({ execution: 'async' })
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The same in MiB. */
export async function heldMiB(): Promise<number> {
  return (await heldBytes()) / 2 ** 20
}
