import type { ModelParameters } from './chat-view.ts'
import { toBase64 } from './base64.ts'
import type { ChatApi } from './answer-records.ts'
import type { Conversation, Turn } from './conversation.ts'
import { withoutThinking } from './thinking-tags.ts'

/** The path of a chat in each API. */
export const CHAT_PATHS: Readonly<Record<ChatApi, string>> = {
  ollama: 'api/chat',
  openai: 'v1/chat/completions',
}

/**
 * The body that asks for the next turn. The same turns give the same bytes, so that a repeated request joins the answer.
 * @param turns from the first one to the user's last one
 */
export async function chatBody(
  api: ChatApi,
  model: string,
  { system, parameters }: Pick<Conversation, 'system' | 'parameters'>,
  turns: readonly Turn[],
): Promise<string> {
  const messages = await Promise.all(turns.map(api === 'ollama' ? ollamaMessage : openaiMessage))
  const start = system.trim() === '' ? [] : [{ role: 'system', content: system }]
  const settings = api === 'ollama' ? ollamaSettings(parameters) : openaiSettings(parameters)
  return JSON.stringify({ model, messages: [...start, ...messages], stream: true, ...settings })
}

async function ollamaMessage({ role, text, images }: Turn): Promise<object> {
  const content = withoutThinking(text).text
  if (images.length === 0) return { role, content }
  return { role, content, images: await Promise.all(images.map(({ blob }) => toBase64(blob))) }
}

async function openaiMessage({ role, text, images }: Turn): Promise<object> {
  const { text: content } = withoutThinking(text)
  if (images.length === 0) return { role, content }
  const urls = await Promise.all(
    images.map(async ({ blob }) => `data:${blob.type};base64,${await toBase64(blob)}`),
  )
  const pictures = urls.map((url) => ({ type: 'image_url', image_url: { url } }))
  return { role, content: [{ type: 'text', text: content }, ...pictures] }
}

function ollamaSettings(parameters: ModelParameters): object {
  const options = given({
    temperature: parameters.temperature,
    top_p: parameters.topP,
    top_k: parameters.topK,
    seed: parameters.seed,
    num_predict: parameters.maxTokens,
    num_ctx: parameters.contextTokens,
  })
  return { ...given({ think: parameters.thinks }), ...(Object.keys(options).length > 0 && { options }) }
}

/** `top_k` and the size of the context have no standard parameter there. */
function openaiSettings(parameters: ModelParameters): object {
  const { temperature, topP, seed, maxTokens } = parameters
  const settings = given({ temperature, top_p: topP, seed, max_tokens: maxTokens })
  return { ...settings, stream_options: { include_usage: true } }
}

function given(values: Readonly<Record<string, number | boolean | null>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
}
