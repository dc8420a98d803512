import { errorCase } from '../../shared/error-cases.ts'
import type { KeyedText } from '../../shared/words.ts'
import { redactText } from '../../shared/redact.ts'
import { connectableOrigin } from './ollama-host.ts'
import { isRelay, probeUpstream, type Probe, type ProbeResult } from './probe.ts'
import type { UpstreamFacts, UpstreamRefusal } from './upstream-state.ts'

export interface DiscoveryOptions {
  /** Set by the user, as returned by `parseUpstreamUrl`; nothing else is probed then. */
  readonly explicitUrl?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** The API key for the server at a base URL. */
  readonly apiKeyFor?: ApiKeyFor
  readonly probe?: Probe
}

export type ApiKeyFor = (baseUrl: string) => string | undefined

/** The chosen upstream. `missing` has the base URL that was given but does not serve, and a text for display. */
export type Discovery =
  | { readonly kind: 'found'; readonly facts: UpstreamFacts }
  | { readonly kind: 'refusing'; readonly refusal: UpstreamRefusal }
  | { readonly kind: 'missing'; readonly baseUrl: string | null; readonly reason: KeyedText }

/** The default ports of Ollama, LM Studio, llama.cpp and vLLM. */
const DEFAULT_PORTS = [11434, 1234, 8080, 8000]

/** Probes all candidates in parallel. Ollama takes precedence, then the order of the candidates. */
export async function discoverUpstream(options: DiscoveryOptions): Promise<Discovery> {
  const { explicitUrl } = options
  const results = await probeCandidates(options)
  const [facts] = foundIn(results)
  if (facts !== undefined) return { kind: 'found', facts }
  const refusal = refusalIn(results, explicitUrl !== undefined)
  if (refusal !== undefined) return { kind: 'refusing', refusal }
  if (explicitUrl === undefined)
    return { kind: 'missing', baseUrl: null, reason: errorCase('case.upstream.none') }
  return { kind: 'missing', baseUrl: explicitUrl, reason: reasonFor(explicitUrl, results[0]) }
}

/** All responding model servers in order of preference. */
export async function findUpstreams(options: DiscoveryOptions): Promise<readonly UpstreamFacts[]> {
  return foundIn(await probeCandidates(options))
}

function probeCandidates({ explicitUrl, env, apiKeyFor, probe }: DiscoveryOptions): Promise<ProbeResult[]> {
  const baseUrls = explicitUrl === undefined ? candidatesFor(env) : [explicitUrl]
  const ask = probe ?? ((baseUrl) => probeCandidate(baseUrl, apiKeyFor?.(baseUrl)))
  return Promise.all(baseUrls.map((baseUrl) => ask(baseUrl)))
}

async function probeCandidate(baseUrl: string, apiKey: string | undefined): Promise<ProbeResult> {
  const [result, relay] = await Promise.all([probeUpstream(baseUrl, { apiKey }), isRelay(baseUrl)])
  return relay ? { kind: 'stranger' } : result
}

function foundIn(results: readonly ProbeResult[]): readonly UpstreamFacts[] {
  const found = results.flatMap((result) => (result.kind === 'up' ? [result.facts] : []))
  const isOllama = ({ kind }: UpstreamFacts) => kind === 'ollama'
  return [...found.filter(isOllama), ...found.filter((facts) => !isOllama(facts))]
}

/**
 * On a port that many programs use, a refusal counts only if it is in a model server's format, unless the port was
 * given.
 */
function refusalIn(results: readonly ProbeResult[], isNamed: boolean): UpstreamRefusal | undefined {
  const refusals = results.flatMap((result) => (result.kind === 'refusing' ? [result.refusal] : []))
  return refusals.find(({ isModelServer }) => isNamed || isModelServer)
}

function candidatesFor(env: DiscoveryOptions['env']): string[] {
  const defaults = DEFAULT_PORTS.map((port) => `http://127.0.0.1:${port}`)
  return [...new Set([...originsIn(env['OLLAMA_HOST']), ...defaults])]
}

function originsIn(ollamaHost: string | undefined): string[] {
  if (ollamaHost === undefined) return []
  try {
    return [connectableOrigin(ollamaHost)]
  } catch {
    // The variable is meant for Ollama: an invalid value must not stop discovery.
    return []
  }
}

function reasonFor(explicitUrl: string, result: ProbeResult | undefined): KeyedText {
  const url = redactText(explicitUrl)
  return errorCase(result?.kind === 'stranger' ? 'case.upstream.stranger' : 'case.upstream.silent', { url })
}
