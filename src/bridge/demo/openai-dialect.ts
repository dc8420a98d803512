import type { DemoExchange } from './demo-exchange.ts'
import { DEMO_MODEL, embeddingFor, isDemoModel, lastUserText, replyTo, textsIn, tokensOf } from './model.ts'

const MODEL = { id: DEMO_MODEL, object: 'model', created: 1_767_268_800, owned_by: 'library' }

/** The differences between the two completion endpoints: object names, and the text's place in a choice. */
interface Form {
  readonly id: string
  readonly object: string
  readonly chunkObject: string
  whole(text: string): object
  piece(text: string): object
}

const CHAT: Form = {
  id: 'chatcmpl-demo',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  whole: (content) => ({ message: { role: 'assistant', content } }),
  piece: (content) => ({ delta: content === '' ? {} : { role: 'assistant', content } }),
}

const COMPLETION: Form = {
  id: 'cmpl-demo',
  object: 'text_completion',
  chunkObject: 'text_completion',
  whole: (text) => ({ text }),
  piece: (text) => ({ text }),
}

export function models(exchange: DemoExchange): void {
  exchange.json({ object: 'list', data: [MODEL] })
}

/** @param name still percent-encoded */
export function model(exchange: DemoExchange, name: string): void {
  const decoded = decode(name)
  if (isDemoModel(decoded)) exchange.json(MODEL)
  else exchange.fail(404, `model '${decoded}' not found`)
}

export async function chatCompletions(exchange: DemoExchange): Promise<void> {
  const { messages } = exchange.body
  if (!Array.isArray(messages) || messages.length === 0)
    return exchange.fail(400, "[] is too short - 'messages'")
  await answer(exchange, lastUserText(messages), CHAT)
}

export async function completions(exchange: DemoExchange): Promise<void> {
  await answer(exchange, textsIn(exchange.body['prompt']).join(' '), COMPLETION)
}

async function answer(exchange: DemoExchange, prompt: string, form: Form): Promise<void> {
  const { body } = exchange
  const tokens = tokensOf(replyTo(prompt))
  const usage = usageFor(tokensOf(prompt).length, tokens.length)
  const head = (object: string): object => ({
    id: form.id,
    object,
    created: Math.floor(exchange.clock.now() / 1000),
    model: body['model'],
    system_fingerprint: 'fp_demo',
  })
  if (body['stream'] !== true) {
    const choices = [{ index: 0, ...form.whole(tokens.join('')), finish_reason: 'stop' }]
    return exchange.json({ ...head(form.object), choices, usage })
  }
  const send = (choices: readonly object[], rest: object = {}): void =>
    exchange.write(`data: ${JSON.stringify({ ...head(form.chunkObject), choices, ...rest })}\n\n`)
  exchange.startStream('text/event-stream')
  for await (const token of exchange.speak(tokens))
    send([{ index: 0, ...form.piece(token), finish_reason: null }])
  send([{ index: 0, ...form.piece(''), finish_reason: 'stop' }])
  if (wantsUsage(body['stream_options'])) send([], { usage })
  exchange.end('data: [DONE]\n\n')
}

export function embeddings(exchange: DemoExchange): void {
  const { input, encoding_format: encoding, model } = exchange.body
  const texts = textsIn(input)
  const data = texts.map((text, index) => {
    const vector = embeddingFor(text)
    return { object: 'embedding', index, embedding: encoding === 'base64' ? toBase64(vector) : vector }
  })
  const count = texts.reduce((sum, text) => sum + tokensOf(text).length, 0)
  exchange.json({ object: 'list', data, model, usage: { prompt_tokens: count, total_tokens: count } })
}

/** Little-endian float32, the default format of OpenAI's clients. */
function toBase64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64')
}

function usageFor(prompt: number, completion: number): object {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}

function wantsUsage(options: unknown): boolean {
  return (options as { include_usage?: unknown } | null | undefined)?.include_usage === true
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
