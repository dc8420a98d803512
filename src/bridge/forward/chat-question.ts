import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import type { Grant } from '../policy/grant.ts'
import { mayUseModel } from '../policy/model-rule.ts'
import type { UpstreamTarget } from './upstream-request.ts'

/** Simple pages send little; parsing a larger body would block the process. */
export const MAX_CHAT_QUESTION_BYTES = 1024 * 1024
const MAX_MESSAGES = 1_000

const Message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
const ChatQuestion = z
  .object({
    message: z.string().min(1).optional(),
    messages: z.array(Message).max(MAX_MESSAGES).default([]),
    model: z.string().min(1).optional(),
  })
  .refine(({ message, messages }) => message !== undefined || messages.length > 0)

const USAGE =
  'Send {"message": "...", "model"?: "...", "messages"?: [{"role", "content"}, ...]} with roles system, user or assistant.'
/** Models that cannot chat. */
const EMBEDDING = /embed|\bbge\b|minilm/i

/** A request to the upstream's own chat API. */
export interface UpstreamChat {
  readonly target: string
  readonly headers: RawHeaders
  readonly body: Uint8Array
}

/**
 * Translates the body of `/api/chat/stream` for the upstream. The model is the requested one, otherwise one that is
 * loaded, otherwise the newest, of those that the key may use.
 * @throws AppError BAD_REQUEST, MODEL_NOT_ALLOWED
 */
export function toUpstreamChat(body: Uint8Array, upstream: UpstreamTarget, grant: Grant): UpstreamChat {
  const question = ChatQuestion.safeParse(parse(body))
  if (!question.success) throw new AppError('BAD_REQUEST', USAGE)
  const { message, messages, model = defaultModel(upstream, grant) } = question.data
  const all = message === undefined ? messages : [...messages, { role: 'user', content: message }]
  const chat = { model, messages: all, stream: true }
  const isOpenAi = upstream.kind === 'openai'
  const whole = isOpenAi ? { ...chat, stream_options: { include_usage: true } } : chat
  return {
    headers: ['Content-Type', 'application/json'],
    target: isOpenAi ? '/v1/chat/completions' : '/api/chat',
    body: Buffer.from(JSON.stringify(whole)),
  }
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch {
    return undefined
  }
}

/** The upstream lists its models newest first. */
function defaultModel({ loaded = [], models = [] }: UpstreamTarget, grant: Grant): string {
  const usable = [...loaded, ...models].filter((name) => mayUseModel(grant, name))
  const found = usable.find((name) => !EMBEDDING.test(name)) ?? usable[0]
  if (found === undefined)
    throw new AppError('MODEL_NOT_ALLOWED', 'The desktop has no model that this key may use.')
  return found
}
