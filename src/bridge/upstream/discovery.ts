import { connectableOrigin } from './ollama-host.ts'
import { isRelay, probeUpstream, type Probe, type UpstreamFacts } from './probe.ts'

export interface DiscoveryOptions {
  /** Set by the user, as `connectableOrigin` gives it: then nothing else is looked at. */
  readonly explicitOrigin?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly probe?: Probe
}

/** Which upstream to use. `missing` has the origin that was named but does not answer, and a sentence for people. */
export type Discovery =
  | { readonly kind: 'found'; readonly facts: UpstreamFacts }
  | { readonly kind: 'missing'; readonly origin: string | null; readonly reason: string }

/** Ollama, LM Studio, llama.cpp and vLLM, where they listen unless told otherwise. */
const DEFAULT_PORTS = [11434, 1234, 8080, 8000]

/** Looks for a model server, at every candidate at once. Ollama wins, then the order of the candidates. */
export async function discoverUpstream(options: DiscoveryOptions): Promise<Discovery> {
  const { explicitOrigin } = options
  const [facts] = await findUpstreams(options)
  if (facts !== undefined) return { kind: 'found', facts }
  return { kind: 'missing', origin: explicitOrigin ?? null, reason: reasonFor(explicitOrigin) }
}

/** Every model server that answers, the one to choose first. */
export async function findUpstreams(options: DiscoveryOptions): Promise<readonly UpstreamFacts[]> {
  const { explicitOrigin, env, probe = probeCandidate } = options
  const origins = explicitOrigin === undefined ? candidatesFor(env) : [explicitOrigin]
  const answers = await Promise.all(origins.map((origin) => probe(origin)))
  const found = answers.filter((facts) => facts !== null)
  const isOllama = ({ kind }: UpstreamFacts) => kind === 'ollama'
  return [...found.filter(isOllama), ...found.filter((facts) => !isOllama(facts))]
}

async function probeCandidate(origin: string): Promise<UpstreamFacts | null> {
  const [facts, relay] = await Promise.all([probeUpstream(origin), isRelay(origin)])
  return relay ? null : facts
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
    // Written for Ollama, not for us: what cannot be read there must not keep us from looking elsewhere.
    return []
  }
}

function reasonFor(explicitOrigin: string | undefined): string {
  if (explicitOrigin !== undefined) return `No model server answers at ${explicitOrigin}. Is it running?`
  return 'No model server was found on this computer (Ollama, LM Studio, llama.cpp, vLLM). Is one running?'
}
