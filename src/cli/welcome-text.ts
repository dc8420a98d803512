import type { UpstreamFacts } from '../bridge/upstream/probe.ts'
import type { FirstChat } from '../bridge/desk/first-chat.ts'

export interface Welcome {
  readonly url: string
  readonly key: string
  readonly facts: UpstreamFacts
  /** `undefined` where there was no model to chat with. */
  readonly chat: FirstChat | undefined
  /** What else people should know. */
  readonly note: string | null
}

const MAX_REPLY_CHARS = 200

/** What people need to go on: where everything is, that it works, and lines to copy. */
export function welcomeText({ url, key, facts, chat, note }: Welcome): string {
  const model = chat?.model ?? 'llama3.2'
  const api = facts.kind === 'openai' ? '/v1/chat/completions' : '/api/chat'
  const ollamaCli = ['  Ollama CLI', `    OLLAMA_HOST=${url}/k/${key} ollama run ${model}`]
  return [
    '',
    `  Path    client → ${url} (relay) → bridge → ${facts.baseUrl} (${facts.name})`,
    ...(chat?.kind === 'answered' ? [`  Reply   ${chat.model}: ${toOneLine(chat.reply)}`] : []),
    ...(note === null ? [] : [`  Note    ${note}`]),
    `  URL     ${url}`,
    `  Key     ${key}`,
    '',
    '  curl',
    `    curl ${url}${api} -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\`,
    `      -d '{"model":"${model}","messages":[{"role":"user","content":"Hi"}]}'`,
    ...(facts.kind === 'openai' ? [] : ollamaCli),
    '  OpenAI SDK',
    `    new OpenAI({ baseURL: '${url}/v1', apiKey: '${key}' })`,
    '',
    '  Ctrl-C stops everything.',
    '',
  ].join('\n')
}

function toOneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > MAX_REPLY_CHARS ? `${line.slice(0, MAX_REPLY_CHARS)}…` : line
}
