import type { Discovery } from './discovery.ts'
import type { UpstreamMonitorOptions } from './monitor.ts'
import { probeUpstream } from './probe.ts'

/**
 * Falls back to the built-in demo model while no real model server is there, and gives it up as soon as one appears.
 * @param startDemo starts the demo once and answers its origin
 */
export function withDemo(
  discover: () => Promise<Discovery>,
  startDemo: () => Promise<string>,
): Pick<UpstreamMonitorOptions, 'discover' | 'probe'> {
  return {
    async discover() {
      const found = await discover()
      if (found.kind === 'found') return found
      const facts = await probeUpstream(await startDemo())
      return facts === null ? found : { kind: 'found', facts }
    },
    async probe(origin, known) {
      if (known === 'demo' && (await discover()).kind === 'found') return null
      return probeUpstream(origin, { known })
    },
  }
}
