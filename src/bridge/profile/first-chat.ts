import { createWebFetch } from '../dial/web-fetch.ts'
import { toAppError } from '../../shared/errors.ts'
import { isCloudModel } from '../../shared/model-name.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import type { UpstreamFacts } from '../upstream/upstream-state.ts'

/** Covers the entire first response: a large model on a slow disk takes minutes to load. */
const TIMEOUT_MS = 15 * 60_000
const QUESTION = 'Say hello in one short sentence.'
/** Leaves room for models that reason before they answer. */
const MAX_TOKENS = 256

/** Result of the first chat. `reason` is a sentence for the user. */
export type FirstChat =
  | { readonly kind: 'answered'; readonly model: string; readonly reply: string }
  | { readonly kind: 'failed'; readonly model: string; readonly reason: string }

/** The model to try first: a local chat model, judging by its name. */
export function chatModelOf({ models }: Pick<UpstreamFacts, 'models'>): string | undefined {
  const local = models.filter((name) => !isCloudModel(name))
  return local.find((name) => !/embed|bge|minilm|whisper|rerank/i.test(name)) ?? local[0]
}

/**
 * Sends one chat through the relay like any client, using the system proxy.
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
  /** Ollama's field for reasoning text. */
  readonly thinking?: unknown
  /** Fields of other servers for reasoning text. */
  readonly reasoning?: unknown
  readonly reasoning_content?: unknown
}

/** The text of a reply, or its reasoning if it ran out of tokens first; empty if there is neither. */
export function replyIn(text: string): string {
  try {
    const value = JSON.parse(text) as { message?: Message; choices?: { message?: Message }[] }
    const { content, thinking, reasoning, reasoning_content } =
      value.message ?? value.choices?.[0]?.message ?? {}
    const texts = [content, thinking, reasoning, reasoning_content]
    return (
      texts.map((part) => (typeof part === 'string' ? part.trim() : '')).find((part) => part !== '') ?? ''
    )
  } catch {
    return ''
  }
}
