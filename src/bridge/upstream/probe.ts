import { DEMO_VERSION } from '../demo/model.ts'
import { getJson, type JsonAnswer } from './get-json.ts'
import { isJsonObject } from '../../shared/json-object.ts'
import type { UpstreamRefusal, RefusalCause, UpstreamFacts } from './upstream-state.ts'

/** The result of probing one URL. */
export type ProbeResult =
  | { readonly kind: 'up'; readonly facts: UpstreamFacts }
  /** A server responds but refuses requests. */
  | { readonly kind: 'refusing'; readonly refusal: UpstreamRefusal }
  /** A server responds that is not a model server. */
  | { readonly kind: 'stranger' }
  /** No response. `isGone`: nothing listens there; otherwise the server may only be busy. */
  | { readonly kind: 'silent'; readonly isGone: boolean }

/** The result of an earlier probe of the same URL. */
export interface Known {
  readonly facts: UpstreamFacts
  /** The kind was detected recently and need not be detected again. */
  readonly isSettled: boolean
}

/** Identifies the server at a base URL. */
export type Probe = (baseUrl: string, known?: Known) => Promise<ProbeResult>

export interface ProbeOptions {
  /** Timeout per request. */
  readonly timeoutMs?: number
  readonly known?: Known | undefined
  /** Key of the server at this URL. */
  readonly apiKey?: string | undefined
}

const TIMEOUT_MS = 3_000

/**
 * Distinguishes Ollama from an OpenAI-compatible server. Ollama's version is evidence for Ollama, a 404 in its place
 * for the other. Timeouts and 5xx are no evidence and leave the known kind unchanged. Never throws.
 */
export async function probeUpstream(
  baseUrl: string,
  { timeoutMs = TIMEOUT_MS, known, apiKey }: ProbeOptions = {},
): Promise<ProbeResult> {
  const ask = (path: string) => getJson(`${baseUrl}${path}`, { timeoutMs, apiKey })
  // LM Studio logs an error for each unknown path.
  if (known?.isSettled && known.facts.kind === 'openai') {
    const facts = toOpenAiFacts(baseUrl, await ask('/v1/models'))
    if (facts !== null) return { kind: 'up', facts }
  }
  const versionAnswer = await ask('/api/version')
  const version = versionIn(versionAnswer)
  if (version !== null) {
    const [tags, ps] = await Promise.all([ask('/api/tags'), ask('/api/ps')])
    return { kind: 'up', facts: toOllamaFacts(baseUrl, version, tags, ps, known?.facts) }
  }
  return checkWithoutVersion(baseUrl, versionAnswer, await ask('/v1/models'), known?.facts, apiKey)
}

/**
 * Whether one of our relays is at this origin: it serves the same API, and forwarding to it would loop. An object with
 * `error` does not count: LM Studio responds to unknown paths with one, with status 200.
 */
export async function isRelay(baseUrl: string, timeoutMs = TIMEOUT_MS): Promise<boolean> {
  const answer = await getJson(`${new URL(baseUrl).origin}/.well-known/cloudtolocalllm`, { timeoutMs })
  return answer.kind === 'json' && isJsonObject(answer.value) && !('error' in answer.value)
}

function checkWithoutVersion(
  baseUrl: string,
  version: JsonAnswer,
  list: JsonAnswer,
  known: UpstreamFacts | undefined,
  apiKey: string | undefined,
): ProbeResult {
  const listed = toOpenAiFacts(baseUrl, list)
  const said =
    listed === null ? (refusalStatusOf(list) ?? refusalStatusOf(version)) : refusalBehindList(version)
  if (said !== null) {
    const name = listed?.name ?? known?.name ?? nameIn(list) ?? nameIn(version)
    const isModelServer = listed !== null || hasErrorIn(list) || hasErrorIn(version)
    const cause = causeOf(said, apiKey !== undefined)
    return { kind: 'refusing', refusal: { baseUrl, cause, status: said, name, isModelServer } }
  }
  if (listed === null)
    return version.kind === 'silent' && list.kind === 'silent'
      ? { kind: 'silent', isGone: version.isGone && list.isGone }
      : { kind: 'stranger' }
  if (isDenial(version)) return { kind: 'up', facts: listed }
  if (known !== undefined && !known.isKindGuessed)
    return { kind: 'up', facts: { ...known, models: listed.models } }
  return { kind: 'up', facts: { ...listed, isKindGuessed: true } }
}

/** The status of a server that refuses every request; `null` otherwise. */
function refusalStatusOf(answer: JsonAnswer): number | null {
  if (answer.kind !== 'other') return null
  const { status } = answer
  return status === 401 || status === 403 || status >= 500 ? status : null
}

/**
 * llama-server lists its models without authentication, even while loading, and refuses everything else (its public
 * endpoints).
 */
function refusalBehindList(version: JsonAnswer): number | null {
  if (version.kind !== 'other') return null
  return version.status === 401 || (version.status === 503 && hasErrorIn(version)) ? version.status : null
}

function causeOf(status: number, hasKey: boolean): RefusalCause {
  if (status === 401 || status === 403) return hasKey ? 'keyRefused' : 'needsKey'
  return status === 503 ? 'loading' : 'failing'
}

/** Whether the server does not know the path, so it is not Ollama. */
function isDenial(version: JsonAnswer): boolean {
  return version.kind === 'json' || (version.kind === 'other' && version.status < 500)
}

function versionIn(answer: JsonAnswer): string | null {
  const version = answer.kind === 'json' ? fieldOf(answer.value, 'version') : undefined
  return typeof version === 'string' ? version : null
}

/** A list that times out is kept unchanged. */
function toOllamaFacts(
  baseUrl: string,
  version: string,
  tags: JsonAnswer,
  ps: JsonAnswer,
  known: UpstreamFacts | undefined,
): UpstreamFacts {
  const models = namesIn(tags) ?? known?.models ?? []
  const loaded = namesIn(ps) ?? known?.loaded ?? []
  const facts = { baseUrl, version, models, loaded }
  if (version === DEMO_VERSION) return { ...facts, kind: 'demo', name: 'Demo model' }
  return { ...facts, kind: 'ollama', name: `Ollama ${version}` }
}

function namesIn(answer: JsonAnswer): string[] | undefined {
  return answer.kind === 'json' ? stringsIn(fieldOf(answer.value, 'models'), 'name') : undefined
}

function toOpenAiFacts(baseUrl: string, list: JsonAnswer): UpstreamFacts | null {
  const models = list.kind === 'json' ? fieldOf(list.value, 'data') : undefined
  if (!Array.isArray(models)) return null
  const name = nameIn(list) ?? productFor(stringsIn(models, 'owned_by')[0])
  return { baseUrl, kind: 'openai', version: null, models: stringsIn(models, 'id'), name }
}

/** Only llama-server identifies itself in its headers. */
function nameIn(answer: JsonAnswer): string | undefined {
  return answer.kind !== 'silent' && answer.server === 'llama.cpp' ? 'llama.cpp' : undefined
}

/** Other servers are identified by the owner of their models. */
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

/** Whether the response is a model server's error, as opposed to another program on port 8080. */
function hasErrorIn(answer: JsonAnswer): boolean {
  return answer.kind === 'other' && isJsonObject(answer.value) && 'error' in answer.value
}

function stringsIn(list: unknown, field: string): string[] {
  if (!Array.isArray(list)) return []
  return list.map((item) => fieldOf(item, field)).filter((value) => typeof value === 'string')
}

function fieldOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined
}
