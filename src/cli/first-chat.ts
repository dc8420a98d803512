import { ERRORS, AppError } from '../shared/errors.ts'
import type { UpstreamFacts } from '../bridge/upstream/probe.ts'

/** Of the whole first answer: a large model on a slow disk takes minutes to load. */
const TIMEOUT_MS = 15 * 60_000
const QUESTION = 'Say hello in one short sentence.'
const MAX_TOKENS = 64

export interface FirstChat {
  readonly model: string
  readonly reply: string
}

/** The model to try first: one that can chat, as far as its name tells. */
export function chatModelOf({ models }: UpstreamFacts): string | undefined {
  return models.find((name) => !/embed|bge|minilm|whisper|rerank/i.test(name)) ?? models[0]
}

/**
 * Sends one chat through the whole path, as any client would.
 * @param keyUrl the relay's URL with the key in its path
 * @throws AppError UPSTREAM_FAILED
 */
export async function chatOnce(keyUrl: string, facts: UpstreamFacts, model: string): Promise<FirstChat> {
  const messages = [{ role: 'user', content: QUESTION }]
  const [path, body] =
    facts.kind === 'openai'
      ? ['/v1/chat/completions', { model, messages, max_tokens: MAX_TOKENS }]
      : ['/api/chat', { model, messages, stream: false, options: { num_predict: MAX_TOKENS } }]
  const response = await fetch(`${keyUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await response.text()
  const reply = replyIn(text)
  if (!response.ok || reply === undefined)
    throw new AppError('UPSTREAM_FAILED', `${ERRORS.UPSTREAM_FAILED.text} (HTTP ${response.status}: ${text.slice(0, 300)})`)
  return { model, reply }
}

function replyIn(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as {
      message?: { content?: unknown }
      choices?: { message?: { content?: unknown } }[]
    }
    const content = value.message?.content ?? value.choices?.[0]?.message?.content
    return typeof content === 'string' ? content.trim() : undefined
  } catch {
    return undefined
  }
}
