import type { UpstreamKind } from '../../shared/announcement.ts'
import { DEMO_VERSION } from '../demo/model.ts'
import { getJson } from './get-json.ts'

/** What is known of a model server that answers. */
export interface UpstreamFacts {
  readonly origin: string
  readonly kind: UpstreamKind
  /** Ollama says its version; OpenAI-compatible servers do not. */
  readonly version: string | null
  readonly models: readonly string[]
  /** Those in memory; absent where the server does not say. */
  readonly loaded?: readonly string[]
  /** For people: "Ollama 0.12.3", "LM Studio", "Demo model". */
  readonly name: string
}

/** Asks an origin what it is. `known` is what it was before, so that it is asked in its own dialect first. */
export type Probe = (origin: string, known?: UpstreamKind) => Promise<UpstreamFacts | null>

export interface ProbeOptions {
  /** For each request. */
  readonly timeoutMs?: number
  readonly known?: UpstreamKind | undefined
}

/** Tells Ollama from an OpenAI-compatible server, and both from silence (`null`). Never throws. */
export async function probeUpstream(
  origin: string,
  { timeoutMs = 1_500, known }: ProbeOptions = {},
): Promise<UpstreamFacts | null> {
  // LM Studio logs an error for each path that it does not know, so a known one is not asked for Ollama's again.
  const asks = known === 'openai' ? [askOpenAi, askOllama] : [askOllama, askOpenAi]
  for (const ask of asks) {
    const facts = await ask(origin, timeoutMs)
    if (facts !== null) return facts
  }
  return null
}

/**
 * A relay of ours answers at this origin: it speaks the same API, and forwarding to it would go in a circle.
 * An object with `error` does not count: LM Studio answers unknown paths so, with status 200.
 */
export async function isRelay(origin: string, timeoutMs = 1_500): Promise<boolean> {
  const document = await getJson(`${origin}/.well-known/cloudtolocalllm`, timeoutMs)
  return typeof document === 'object' && document !== null && !('error' in document)
}

async function askOllama(origin: string, timeoutMs: number): Promise<UpstreamFacts | null> {
  const version = fieldOf(await getJson(`${origin}/api/version`, timeoutMs), 'version')
  if (typeof version !== 'string') return null
  const listAt = async (path: string) =>
    stringsIn(fieldOf(await getJson(`${origin}${path}`, timeoutMs), 'models'), 'name')
  const [models, loaded] = await Promise.all([listAt('/api/tags'), listAt('/api/ps')])
  const facts = { origin, version, models, loaded }
  if (version === DEMO_VERSION) return { ...facts, kind: 'demo', name: 'Demo model' }
  return { ...facts, kind: 'ollama', name: `Ollama ${version}` }
}

async function askOpenAi(origin: string, timeoutMs: number): Promise<UpstreamFacts | null> {
  const models = fieldOf(await getJson(`${origin}/v1/models`, timeoutMs), 'data')
  if (!Array.isArray(models)) return null
  const name = productFor(stringsIn(models, 'owned_by')[0])
  return { origin, kind: 'openai', version: null, models: stringsIn(models, 'id'), name }
}

/** Servers say who they are only by the owner of their models. */
function productFor(ownedBy: string | undefined): string {
  switch (ownedBy) {
    case 'organization_owner':
    case 'organization-owner':
      return 'LM Studio'
    case 'llamacpp':
      return 'llama.cpp'
    case 'vllm':
      return 'vLLM'
    default:
      return 'OpenAI-compatible server'
  }
}

function stringsIn(list: unknown, field: string): string[] {
  if (!Array.isArray(list)) return []
  return list.map((item) => fieldOf(item, field)).filter((value) => typeof value === 'string')
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
