import { once } from 'node:events'
import { openChat } from '../client.ts'
import { withFleet } from '../fleet.ts'
import { ownRow, type Row } from '../row.ts'
import { bearer } from '../stage.ts'

const MAX_IDLE_KIB = 10
const MANY = 10_000
const MAX_MANY_MIB = 256
const BUSY_TUNNELS = 50
const STREAMS_PER_TUNNEL = 4
const MAX_BUSY_MB = 80

/** Memory of idle tunnels at the relay. */
export async function idleRows(tunnels: number): Promise<Row[]> {
  return withFleet(tunnels, async ({ relay, freshKiB, connect }) => {
    await connect()
    const afterKiB = await relay.ask<number>('settledRssKiB')
    const perTunnelKiB = (afterKiB - freshKiB) / tunnels
    const manyMiB = (freshKiB + perTunnelKiB * MANY) / 1024
    return [
      ownRow(`an idle tunnel at the relay, of ${tunnels}`, 'KiB', [perTunnelKiB], MAX_IDLE_KIB),
      ownRow(`${MANY} idle tunnels, extrapolated`, 'MiB', [manyMiB], MAX_MANY_MIB),
    ]
  })
}

/** Memory of the relay while 50 tunnels stream 4 responses each at 20 tokens/s. The maximum counts. */
export async function busyRow(seconds: number): Promise<Row> {
  return withFleet(BUSY_TUNNELS, async ({ relay, connect, port, credentials }) => {
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
    const what = `relay with ${BUSY_TUNNELS} busy tunnels, ${sockets.length} streams`
    return ownRow(what, 'MB', [Math.max(...seenMb)], MAX_BUSY_MB)
  })
}
