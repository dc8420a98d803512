import { toJsonString, toJsString, toShellWord } from '../../shared/quote.ts'
import type { UpstreamFacts } from '../upstream/upstream-state.ts'

/**
 * Values for a client's configuration. They are untrusted (model, relay and key names), and people paste the
 * lines, so each is quoted.
 */
export interface ClientEndpoint {
  /** Without a trailing slash. */
  readonly url: string
  readonly key: string
  readonly model: string
}

/** Placeholder if no model is known. */
export const EXAMPLE_MODEL = 'llama3.2'

const GREETING = { role: 'user', content: 'Hi' }

/** URL for clients that have no field for a key. */
export function keyUrlOf({ url, key }: Pick<ClientEndpoint, 'url' | 'key'>): string {
  return `${url}/k/${key}`
}

/** Opens the relay's chat page with a key, in the fragment: no server sees it. */
export function chatUrlOf({ url, key }: Pick<ClientEndpoint, 'url' | 'key'>): string {
  return `${url}/#k=${key}`
}

/** A command for a POSIX shell. */
export function ollamaLine(endpoint: ClientEndpoint): string {
  return `OLLAMA_HOST=${toShellWord(keyUrlOf(endpoint))} ollama run ${toShellWord(endpoint.model)}`
}

/** Command lines for a POSIX shell. @param kind the model server's API */
export function curlLines(
  { url, key, model }: ClientEndpoint,
  kind: UpstreamFacts['kind'],
): readonly [string, ...string[]] {
  const path = kind === 'openai' ? '/v1/chat/completions' : '/api/chat'
  const body = `{"model":${toJsonString(model)},"messages":[${JSON.stringify(GREETING)}]}`
  return [
    `curl ${toShellWord(`${url}${path}`)} \\`,
    `  -H ${toShellWord(`Authorization: Bearer ${key}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${toShellWord(body)}`,
  ]
}

/** A JavaScript expression. */
export function openaiClient({ url, key }: Pick<ClientEndpoint, 'url' | 'key'>): string {
  return `new OpenAI({ baseURL: ${toJsString(`${url}/v1`)}, apiKey: ${toJsString(key)} })`
}
