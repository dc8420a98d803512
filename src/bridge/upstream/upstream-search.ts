import { discoverUpstream, type ApiKeyFor, type DiscoveryOptions } from './discovery.ts'
import { PATIENT_MS, type UpstreamMonitorOptions } from './monitor.ts'
import { probeUpstream } from './probe.ts'

export interface SearchOptions {
  /** The upstream that the user named, if any: asked anew at each search. */
  readonly explicitUrl: () => string | undefined
  readonly env: DiscoveryOptions['env']
  readonly apiKeyFor?: ApiKeyFor
}

/** How a monitor finds the upstream and looks after it. */
export function upstreamSearch({
  explicitUrl,
  env,
  apiKeyFor,
}: SearchOptions): Required<Pick<UpstreamMonitorOptions, 'discover' | 'probe'>> {
  return {
    discover: () => discoverUpstream({ explicitUrl: explicitUrl(), env, ...(apiKeyFor && { apiKeyFor }) }),
    probe: (baseUrl, known) =>
      probeUpstream(baseUrl, { timeoutMs: PATIENT_MS, known, apiKey: apiKeyFor?.(baseUrl) }),
  }
}
