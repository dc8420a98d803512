import { createWebFetch } from '../dial/web-fetch.ts'
import type { UpstreamFacts } from '../upstream/probe.ts'
import { toAppError } from '../../shared/errors.ts'
import { isCloudModel } from '../../shared/model-name.ts'
import { systemClock } from '../../tunnel/system-clock.ts'

/** Timeout of the whole first response: a large model on a slow disk takes minutes to load. */
const TIMEOUT_MS = 15 * 60_000
const QUESTION = 'Say hello in one short sentence.'
/** Enough for models that reason first. */
const MAX_TOKENS = 256

/** The result of the first chat. `failed` has a text for display. */
export type FirstChat =
  | { readonly kind: 'answered'; readonly model: string; readonly reply: string }
  | { readonly kind: 'failed'; readonly model: string; readonly reason: string }

/** The model to try first: one that can chat and runs locally, judging by its name. */
export function chatModelOf({ models }: Pick<UpstreamFacts, 'models'>): string | undefined {
  const local = models.filter((name) => !isCloudModel(name))
  return local.find((name) => !/embed|bge|minilm|whisper|rerank/i.test(name)) ?? local[0]
}

/**
 * Sends one chat through the whole path, including the proxy, like any client.
 * @param keyUrl the relay's URL with the key in its path
 */
export async function chatOnce(
  keyUrl: string,
  kind: UpstreamFacts['kind'],
  model: string,
): Promise<FirstChat> {
  const messages = [{ role: 'user', content: QUESTION }]
  const [path, body] =
    kind === 'openai'
      ? ['/v1/chat/completions', { model, messages, max_tokens: MAX_TOKENS }]
      : ['/api/chat', { model, messages, stream: false, options: { num_predict: MAX_TOKENS } }]
  try {
    const response = await createWebFetch(systemClock, TIMEOUT_MS)(`${keyUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    const reply = response.ok ? replyIn(text) : ''
    if (reply !== '') return { kind: 'answered', model, reply }
    return { kind: 'failed', model, reason: `HTTP ${response.status}: ${text.trim().slice(0, 300)}` }
  } catch (cause) {
    return { kind: 'failed', model, reason: toAppError(cause).message }
  }
}

interface Message {
  readonly content?: unknown
  /** Ollama's name for reasoning … */
  readonly thinking?: unknown
  /** … and that of others. */
  readonly reasoning?: unknown
  readonly reasoning_content?: unknown
}

/** The text of a response, or its reasoning if it ran out of tokens before the text; otherwise empty. */
export function replyIn(text: string): string {
  try {
    const value = JSON.parse(text) as { message?: Message; choices?: { message?: Message }[] }
    const { content, thinking, reasoning, reasoning_content } =
      value.message ?? value.choices?.[0]?.message ?? {}
    const said = [content, thinking, reasoning, reasoning_content]
    return said.map((part) => (typeof part === 'string' ? part.trim() : '')).find((part) => part !== '') ?? ''
  } catch {
    return ''
  }
}
