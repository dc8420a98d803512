import { once } from 'node:events'
import { openChat } from '../client.ts'
import { type Fleet, withFleet } from '../fleet.ts'
import { atMost, rowFor, type Row } from '../row.ts'
import { bearer } from '../stage.ts'

const MAX_IDLE_KIB = 10
const BUSY_TUNNELS = 50
const STREAMS_PER_TUNNEL = 4
const MAX_BUSY_MB = 80

/** Memory of idle tunnels at the relay. @param before an older build */
export async function idleRow(tunnels: number, before?: string): Promise<Row> {
  const ours = [await idleKiB(tunnels)]
  const rounds = before === undefined ? { ours } : { ours, before: [await idleKiB(tunnels, before)] }
  return rowFor(`an idle tunnel at the relay, of ${tunnels}`, 'KiB', rounds, atMost(MAX_IDLE_KIB, 'KiB'))
}

function idleKiB(tunnels: number, build?: string): Promise<number> {
  const measure = async ({ relay, freshKiB, connect }: Fleet): Promise<number> => {
    await connect()
    return ((await relay.ask<number>('settledRssKiB')) - freshKiB) / tunnels
  }
  return withFleet(tunnels, measure, build)
}

/** Memory of the relay while 50 tunnels stream 4 responses each at 20 tokens/s. @param before an older build */
export async function busyRow(seconds: number, before?: string): Promise<Row> {
  const ours = [await busyMb(seconds)]
  const rounds = before === undefined ? { ours } : { ours, before: [await busyMb(seconds, before)] }
  const what = `relay with ${BUSY_TUNNELS} busy tunnels, ${BUSY_TUNNELS * STREAMS_PER_TUNNEL} streams`
  return rowFor(what, 'MB', rounds, atMost(MAX_BUSY_MB, 'MB'))
}

/** The maximum of the memory sampled each second. */
function busyMb(seconds: number, build?: string): Promise<number> {
  const measure = async ({ relay, connect, port, credentials }: Fleet): Promise<number> => {
    await connect()
    const clients = credentials.flatMap((credential) =>
      Array.from({ length: STREAMS_PER_TUNNEL }, () =>
        openChat({ name: 'ours', port, headers: bearer(credential) }, 'busy', 0),
      ),
    )
    const sockets = await Promise.all(clients)
    await Promise.all(sockets.map((socket) => once(socket, 'data')))
    for (const socket of sockets) socket.resume()
    const seenMb: number[] = []
    for (let second = 0; second < seconds; second++) {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      seenMb.push(((await relay.ask<number>('rssKiB')) * 1024) / 1e6)
    }
    for (const socket of sockets) socket.destroy()
    return Math.max(...seenMb)
  }
  return withFleet(BUSY_TUNNELS, measure, build)
}
