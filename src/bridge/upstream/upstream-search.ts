import { discoverUpstream, type ApiKeyFor, type DiscoveryOptions } from './discovery.ts'
import { PATIENT_MS, type UpstreamMonitorOptions } from './monitor.ts'
import { probeUpstream } from './probe.ts'

export interface SearchOptions {
  /** The user's chosen upstream, if any; read at each discovery. */
  readonly explicitUrl: () => string | undefined
  readonly env: DiscoveryOptions['env']
  readonly apiKeyFor?: ApiKeyFor
}

/** A monitor's discovery and probe functions. */
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
