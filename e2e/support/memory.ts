import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as (options: { execution: 'async' }) => Promise<void>

/** What this process holds on to after its garbage is gone, in MiB: objects and buffers. */
export async function heldMiB(): Promise<number> {
  // Buffers go with the second collection, once finalizers have run.
  for (let round = 0; round < 3; round++) await collectGarbage({ execution: 'async' })
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
