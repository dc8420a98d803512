import { Child } from './child.ts'

/** A new relay, and devices that can be connected to it. */
export interface Fleet {
  readonly relay: Child
  readonly port: number
  /** The relay's memory before any work: creating credentials leaves free heap that would hide tunnels. */
  readonly freshKiB: number
  readonly credentials: readonly string[]
  /** Connects every disconnected device. @param atOnce number of concurrent connection attempts */
  readonly connect: (atOnce?: number) => Promise<void>
  /** Disconnects every device. */
  readonly cut: () => Promise<void>
}

const AT_ONCE = 32

/** @param build of the relay, if it is another one */
export async function withFleet<T>(
  size: number,
  measure: (fleet: Fleet) => Promise<T>,
  build?: string,
): Promise<T> {
  const [relay, tunnels] = [new Child('relay-process', [], build), new Child('tunnels-process')]
  try {
    const owners = Array.from({ length: size }, (_, i) => `owner-${i}`)
    const port = await relay.ask<number>('port')
    const freshKiB = await relay.ask<number>('settledRssKiB')
    const credentials = await relay.ask<string[]>('credentials', owners)
    return await measure({
      relay,
      port,
      freshKiB,
      credentials,
      connect: (atOnce = AT_ONCE) => tunnels.ask('connect', { port, credentials, atOnce }),
      cut: () => tunnels.ask('cut'),
    })
  } finally {
    await tunnels.close()
    await relay.close()
  }
}
