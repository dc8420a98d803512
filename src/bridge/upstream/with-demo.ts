import type { Discovery } from './discovery.ts'
import { patientProbe, type UpstreamMonitorOptions } from './monitor.ts'
import { probeUpstream } from './probe.ts'

/**
 * Falls back to the built-in demo model while no real model server is ready, and drops it as soon as one is.
 * @param startDemo starts the demo once and returns its origin
 */
export function withDemo(
  { discover, probe = patientProbe }: Pick<UpstreamMonitorOptions, 'discover' | 'probe'>,
  startDemo: () => Promise<string>,
): Pick<UpstreamMonitorOptions, 'discover' | 'probe'> {
  return {
    async discover() {
      const found = await discover()
      if (found.kind === 'found') return found
      const demo = await probeUpstream(await startDemo())
      return demo.kind === 'up' ? ({ kind: 'found', facts: demo.facts } satisfies Discovery) : found
    },
    async probe(baseUrl, known) {
      if (known?.facts.kind !== 'demo') return probe(baseUrl, known)
      return (await discover()).kind === 'found' ? { kind: 'silent', isGone: true } : probeUpstream(baseUrl)
    },
  }
}
