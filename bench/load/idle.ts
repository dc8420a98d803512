import { withFleet } from '../fleet.ts'
import { ownRow, type Row } from '../row.ts'

const MAX_MIB = 512
const MAX_PER_TUNNEL_KIB = 20
/** Idle time to measure the CPU cost of PINGs: longer than their interval. */
const IDLE_S = 35
const MAX_CPU_PERCENT = 5

/** The cost of this many idle tunnels, measured without extrapolation. */
export function idleLoad(tunnels: number): Promise<Row[]> {
  return withFleet(tunnels, async ({ relay, freshKiB, connect }) => {
    await connect()
    const afterKiB = await relay.ask<number>('settledRssKiB')
    const cpuBeforeMs = await relay.ask<number>('cpuMs')
    await new Promise((resolve) => setTimeout(resolve, IDLE_S * 1000))
    const cpuMs = (await relay.ask<number>('cpuMs')) - cpuBeforeMs
    const attached = await relay.ask<number>('attachedTunnels')
    if (attached !== tunnels) throw new Error(`${attached} of ${tunnels} tunnels are left`)
    const perTunnelKiB = (afterKiB - freshKiB) / tunnels
    return [
      ownRow(`relay with ${tunnels} idle tunnels`, 'MiB', [afterKiB / 1024], MAX_MIB),
      ownRow(`each of ${tunnels} idle tunnels`, 'KiB', [perTunnelKiB], MAX_PER_TUNNEL_KIB),
      ownRow(`CPU for ${tunnels} idle tunnels`, '%', [cpuMs / (IDLE_S * 10)], MAX_CPU_PERCENT),
    ]
  })
}
