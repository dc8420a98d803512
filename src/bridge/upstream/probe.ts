import type { UpstreamKind } from '../../shared/announcement.ts'
import { DEMO_VERSION } from '../demo/model.ts'
import { getJson, type JsonAnswer } from './get-json.ts'
import type { Refusal, RefusalCause } from './refusal.ts'
import { isJsonObject } from '../../shared/json-object.ts'

/** What is known of a model server that answers. */
export interface UpstreamFacts {
  /** Where its API begins, as `parseUpstreamUrl` gives it. */
  readonly baseUrl: string
  readonly kind: UpstreamKind
  /** The server was asked for Ollama's API and gave no answer in time: the kind may turn out to be another. */
  readonly isKindGuessed?: true
  /** Ollama says its version; OpenAI-compatible servers do not. */
  readonly version: string | null
  readonly models: readonly string[]
  /** Those in memory; absent where the server does not say. */
  readonly loaded?: readonly string[]
  /** For people: "Ollama 0.12.3", "LM Studio", "Demo model". */
  readonly name: string
}

/** What a look at one address showed. */
export type ProbeResult =
  | { readonly kind: 'up'; readonly facts: UpstreamFacts }
  /** A server is there and says no. */
  | { readonly kind: 'refusing'; readonly refusal: Refusal }
  /** Something answers that is no model server. */
  | { readonly kind: 'stranger' }
  /** No answer. `isGone`: nothing listens there; else the server may only be busy. */
  | { readonly kind: 'silent'; readonly isGone: boolean }

/** What an earlier look at the same address showed. */
export interface Known {
  readonly facts: UpstreamFacts
  /** The kind was asked for lately, and need not be asked for again. */
  readonly isSettled: boolean
}

/** Asks the server at a base URL what it is. */
export type Probe = (baseUrl: string, known?: Known) => Promise<ProbeResult>

export interface ProbeOptions {
  /** For each request. */
  readonly timeoutMs?: number
  readonly known?: Known | undefined
  /** Of the server at this very address. */
  readonly apiKey?: string | undefined
}

const TIMEOUT_MS = 3_000

/**
 * Tells Ollama from an OpenAI-compatible server. An answer is evidence: Ollama's version for Ollama, a 404 in its place for
 * the other. Silence and 5xx are none, and leave the kind as it was known. Never throws.
 */
export async function probeUpstream(
  baseUrl: string,
  { timeoutMs = TIMEOUT_MS, known, apiKey }: ProbeOptions = {},
): Promise<ProbeResult> {
  const ask = (path: string) => getJson(`${baseUrl}${path}`, { timeoutMs, apiKey })
  // LM Studio logs an error for each path that it does not know.
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
  return judgeWithoutVersion(baseUrl, versionAnswer, await ask('/v1/models'), known?.facts, apiKey)
}

/**
 * A relay of ours answers at this origin: it speaks the same API, and forwarding to it would go in a circle.
 * An object with `error` does not count: LM Studio answers unknown paths so, with status 200.
 */
export async function isRelay(baseUrl: string, timeoutMs = TIMEOUT_MS): Promise<boolean> {
  const answer = await getJson(`${new URL(baseUrl).origin}/.well-known/cloudtolocalllm`, { timeoutMs })
  return answer.kind === 'json' && isJsonObject(answer.value) && !('error' in answer.value)
}

function judgeWithoutVersion(
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

/** The status with which the server says no to everything; `null` where it does not. */
function refusalStatusOf(answer: JsonAnswer): number | null {
  if (answer.kind !== 'other') return null
  const { status } = answer
  return status === 401 || status === 403 || status >= 500 ? status : null
}

/** llama-server lists its models to everybody, even while one loads, and says no to the rest (its public endpoints). */
function refusalBehindList(version: JsonAnswer): number | null {
  if (version.kind !== 'other') return null
  return version.status === 401 || (version.status === 503 && hasErrorIn(version)) ? version.status : null
}

function causeOf(status: number, hasKey: boolean): RefusalCause {
  if (status === 401 || status === 403) return hasKey ? 'keyRefused' : 'needsKey'
  return status === 503 ? 'loading' : 'failing'
}

/** The server knows the path not: then it is no Ollama. */
function isDenial(version: JsonAnswer): boolean {
  return version.kind === 'json' || (version.kind === 'other' && version.status < 500)
}

function versionIn(answer: JsonAnswer): string | null {
  const version = answer.kind === 'json' ? fieldOf(answer.value, 'version') : undefined
  return typeof version === 'string' ? version : null
}

/** A list that does not come in time is as it was. */
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

/** llama-server alone says in its head who it is. */
function nameIn(answer: JsonAnswer): string | undefined {
  return answer.kind !== 'silent' && answer.server === 'llama.cpp' ? 'llama.cpp' : undefined
}

/** The others say who they are only by the owner of their models. */
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

/** How model servers word a refusal, as opposed to whatever else listens on port 8080. */
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
