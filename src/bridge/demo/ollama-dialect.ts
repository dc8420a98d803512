import type { DemoExchange } from './demo-exchange.ts'
import { DEMO_MODEL, embeddingFor, lastUserText, replyTo, textsIn, tokensOf } from './model.ts'

const NANOSECONDS_PER_MS = 1e6
const NOON = '2026-01-01T12:00:00Z'
const DETAILS = {
  parent_model: '',
  format: 'demo',
  family: 'demo',
  families: ['demo'],
  parameter_size: '0',
  quantization_level: 'none',
}
const LISTED = { name: DEMO_MODEL, model: DEMO_MODEL, size: 0, digest: '0'.repeat(64), details: DETAILS }

export function tags(exchange: DemoExchange): void {
  exchange.json({ models: [{ ...LISTED, modified_at: NOON }] })
}

export function ps(exchange: DemoExchange): void {
  const expiresAt = new Date(exchange.clock.now() + 300_000).toISOString()
  exchange.json({ models: [{ ...LISTED, expires_at: expiresAt, size_vram: 0, context_length: 4096 }] })
}

export function show(exchange: DemoExchange): void {
  exchange.json({
    modelfile: `FROM ${DEMO_MODEL}`,
    parameters: '',
    template: '{{ .Prompt }}',
    details: DETAILS,
    model_info: { 'general.architecture': 'demo', 'demo.context_length': 4096 },
    capabilities: ['completion', 'embedding'],
    modified_at: NOON,
  })
}

export async function chat(exchange: DemoExchange): Promise<void> {
  const { messages } = exchange.body
  const isEmpty = !Array.isArray(messages) || messages.length === 0
  const wrap = (content: string): object => ({ message: { role: 'assistant', content } })
  await answer(exchange, isEmpty ? null : lastUserText(messages), wrap)
}

export async function generate(exchange: DemoExchange): Promise<void> {
  const { prompt } = exchange.body
  const wrap = (response: string): object => ({ response })
  await answer(exchange, typeof prompt === 'string' && prompt !== '' ? prompt : null, wrap)
}

/** @param prompt null only loads or unloads the model */
async function answer(
  exchange: DemoExchange,
  prompt: string | null,
  wrap: (content: string) => object,
): Promise<void> {
  const { body, clock } = exchange
  const startedAt = clock.monotonic()
  const record = (content: string, rest: object): object => ({
    model: body['model'],
    created_at: new Date(clock.now()).toISOString(),
    ...wrap(content),
    ...rest,
  })
  if (prompt === null) {
    const reason = body['keep_alive'] === 0 ? 'unload' : 'load'
    return exchange.json(record('', { done: true, done_reason: reason }))
  }
  const tokens = tokensOf(replyTo(prompt))
  const last = (): object => statistics(tokens.length, prompt, clock.monotonic() - startedAt, exchange.loadMs)
  if (body['stream'] === false) return exchange.json(record(tokens.join(''), last()))
  exchange.startStream('application/x-ndjson')
  for await (const token of exchange.speak(tokens))
    exchange.write(`${JSON.stringify(record(token, { done: false }))}\n`)
  exchange.end(`${JSON.stringify(record('', last()))}\n`)
}

/** Durations in nanoseconds, like Ollama's. */
function statistics(evalCount: number, prompt: string, elapsedMs: number, loadMs: number): object {
  const evalDuration = Math.max(1, Math.round(elapsedMs * NANOSECONDS_PER_MS))
  const loadDuration = loadMs * NANOSECONDS_PER_MS
  return {
    done: true,
    done_reason: 'stop',
    total_duration: evalDuration + loadDuration,
    load_duration: loadDuration,
    prompt_eval_count: tokensOf(prompt).length,
    prompt_eval_duration: 1,
    eval_count: evalCount,
    eval_duration: evalDuration,
  }
}

export function embed(exchange: DemoExchange): void {
  const { input, model } = exchange.body
  const texts = textsIn(input)
  const count = texts.reduce((sum, text) => sum + tokensOf(text).length, 0)
  const durations = { total_duration: 1, load_duration: exchange.loadMs * NANOSECONDS_PER_MS }
  exchange.json({ model, embeddings: texts.map(embeddingFor), ...durations, prompt_eval_count: count })
}

/** The older form of `embed`, one text per request. */
export function embeddings(exchange: DemoExchange): void {
  const { prompt } = exchange.body
  exchange.json({ embedding: typeof prompt === 'string' && prompt !== '' ? embeddingFor(prompt) : [] })
}
