import type { DemoExchange } from './demo-exchange.ts'
import { lastUserText, replyTo, tokensOf } from './model.ts'

/** Anthropic's messages endpoint, as an event stream or a single object. */
export async function messages(exchange: DemoExchange): Promise<void> {
  const { body } = exchange
  const prompt = lastUserText(body['messages'])
  const tokens = tokensOf(replyTo(prompt))
  const usage = { input_tokens: tokensOf(prompt).length, output_tokens: tokens.length }
  const message = {
    id: 'msg_demo',
    type: 'message',
    role: 'assistant',
    model: body['model'],
    stop_sequence: null,
  }
  if (body['stream'] !== true) {
    const content = [{ type: 'text', text: tokens.join('') }]
    return exchange.json({ ...message, content, stop_reason: 'end_turn', usage })
  }
  const send = (type: string, rest: object): void =>
    exchange.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`)
  exchange.startStream('text/event-stream')
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 0 } }
  send('message_start', { message: start })
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  for await (const text of exchange.speak(tokens))
    send('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  send('content_block_stop', { index: 0 })
  send('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage })
  send('message_stop', {})
  exchange.end()
}
