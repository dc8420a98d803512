import { createHash } from 'node:crypto'

export const DEMO_MODEL = 'demo:latest'
/** The response of /api/version, which distinguishes the demo from a real Ollama. */
export const DEMO_VERSION = '0.0.0-demo'

const ECHOED_WORDS = 20

/** Whether Ollama would resolve the name to this model. */
export function isDemoModel(name: string): boolean {
  return /^demo(:latest)?$/i.test(name)
}

/** The complete response to a prompt. */
export function replyTo(prompt: string): string {
  const words = prompt.trim().split(/\s+/)
  const echo = (words.length > ECHOED_WORDS ? '… ' : '') + words.slice(-ECHOED_WORDS).join(' ')
  return (
    'This is the built-in demo model of CloudToLocalLLM, not a real language model. ' +
    `You said: "${echo}" For real answers, install Ollama from https://ollama.com/download, ` +
    'and run "ollama pull llama3.2".'
  )
}

/** Splits the text into pieces like a model's tokens. */
export function tokensOf(text: string): readonly string[] {
  return text.match(/\s*\S+/g) ?? []
}

/** A unit vector of 32 dimensions, the same for the same text. */
export function embeddingFor(text: string): readonly number[] {
  const raw = [...createHash('sha256').update(text).digest()].map((byte) => byte - 127.5)
  const length = Math.hypot(...raw)
  return raw.map((value) => value / length)
}

/** The texts of a field that contains one or a list of them. */
export function textsIn(value: unknown): readonly string[] {
  return [value].flat().filter((item) => typeof item === 'string')
}

/** The text of the user's last message; content is a string or parts, as in the OpenAI and Anthropic APIs. */
export function lastUserText(messages: unknown): string {
  if (!Array.isArray(messages)) return ''
  const last = messages.findLast((message) => message?.role === 'user')
  return textOf(last?.content)
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join(' ')
}
