import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as (options: { execution: 'async' }) => Promise<void>

/** Bytes of objects and buffers that this process still holds after a full garbage collection. */
export async function heldBytes(): Promise<number> {
  // Buffers are freed by the second collection, after finalizers have run.
  for (let round = 0; round < 3; round++) await collectGarbage({ execution: 'async' })
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The same in MiB. */
export async function heldMiB(): Promise<number> {
  return (await heldBytes()) / 2 ** 20
}
