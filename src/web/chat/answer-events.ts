import { isJsonObject, parseJsonObject, type JsonObject } from '../../shared/json-object.ts'
import type { ChatApi } from './answer-records.ts'
import type { Problem } from './chat-view.ts'

/** The meaning of a record. */
export type AnswerEvent =
  | { readonly kind: 'text'; readonly text: string; readonly thinking: string }
  /** The answer is complete. */
  | { readonly kind: 'end'; readonly figures: AnswerFigures }
  /** Counts that arrive before the end. */
  | { readonly kind: 'figures'; readonly figures: AnswerFigures }
  /** Instead of the rest of the answer: an error of the model server or of the connection. */
  | { readonly kind: 'error'; readonly problem: Problem }

/** The model server's own counts; `null` if it reports none. */
export interface AnswerFigures {
  readonly tokens: number | null
  readonly promptTokens: number | null
  readonly tokensPerS: number | null
}

const NO_FIGURES: AnswerFigures = { tokens: null, promptTokens: null, tokensPerS: null }
const NS_PER_S = 1e9

/** @param text of a record; unknown ones mean nothing */
export function eventsOf(api: ChatApi, text: string): AnswerEvent[] {
  if (text === '') return []
  if (text === '[DONE]') return [{ kind: 'end', figures: NO_FIGURES }]
  const record = parseJsonObject(text)
  if (record === undefined) return []
  const problem = errorIn(record)
  if (problem !== null) return [{ kind: 'error', problem }]
  return api === 'ollama' ? ollamaEvents(record) : openaiEvents(record)
}

/** The error in a record or body of either API; `null` if there is none. */
export function errorIn({ error }: JsonObject): Problem | null {
  if (typeof error !== 'string' && !isJsonObject(error)) return null
  const message = typeof error === 'string' ? error : textOf(error['message'])
  return message === '' ? { kind: 'modelServerFailed' } : { kind: 'told', message }
}

/** https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion */
function ollamaEvents(record: JsonObject): AnswerEvent[] {
  const message = isJsonObject(record['message']) ? record['message'] : {}
  const events = textEvents(textOf(message['content']), textOf(message['thinking']))
  if (record['done'] !== true) return events
  const [tokens, seconds] = [numberOf(record['eval_count']), numberOf(record['eval_duration'])]
  const tokensPerS = tokens !== null && seconds ? (tokens * NS_PER_S) / seconds : null
  const figures = { tokens, promptTokens: numberOf(record['prompt_eval_count']), tokensPerS }
  return [...events, { kind: 'end', figures }]
}

/** Reasoning is `reasoning` at Ollama and vLLM, `reasoning_content` at llama.cpp and DeepSeek. */
function openaiEvents(record: JsonObject): AnswerEvent[] {
  const [choice] = Array.isArray(record['choices']) ? record['choices'] : []
  const delta = isJsonObject(choice) && isJsonObject(choice['delta']) ? choice['delta'] : {}
  const thinking = textOf(delta['reasoning_content']) || textOf(delta['reasoning'])
  const events = textEvents(textOf(delta['content']), thinking)
  const usage = record['usage']
  if (!isJsonObject(usage)) return events
  const figures = {
    tokens: numberOf(usage['completion_tokens']),
    promptTokens: numberOf(usage['prompt_tokens']),
    tokensPerS: isJsonObject(record['timings']) ? numberOf(record['timings']['predicted_per_second']) : null,
  }
  return [...events, { kind: 'figures', figures }]
}

function textEvents(text: string, thinking: string): AnswerEvent[] {
  return text === '' && thinking === '' ? [] : [{ kind: 'text', text, thinking }]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
