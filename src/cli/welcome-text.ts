import type { UpstreamFacts } from '../bridge/upstream/probe.ts'
import type { FirstChat } from './first-chat.ts'

export interface Welcome {
  readonly url: string
  readonly key: string
  readonly facts: UpstreamFacts
  readonly chat: FirstChat | undefined
  readonly note: string | null
}

/** What people need to go on: where everything is, that it works, and lines to copy. */
export function welcomeText({ url, key, facts, chat, note }: Welcome): string {
  const model = chat?.model ?? 'llama3.2'
  return [
    '',
    `  Path    client → ${url} (relay) → bridge → ${facts.origin} (${facts.name})`,
    ...(chat === undefined ? [] : [`  Reply   ${chat.model}: ${oneLine(chat.reply)}`]),
    ...(note === null ? [] : [`  Note    ${note}`]),
    ...(facts.kind === 'demo' ? ['  Note    This is the built-in demo model. Start Ollama, and it takes over by itself.'] : []),
    `  URL     ${url}`,
    `  Key     ${key}`,
    '',
    '  curl',
    `    curl ${url}/api/chat -H "Authorization: Bearer ${key}" \\`,
    `      -d '{"model":"${model}","messages":[{"role":"user","content":"Hi"}]}'`,
    '  Ollama CLI',
    `    OLLAMA_HOST=${url}/k/${key} ollama run ${model}`,
    '  OpenAI SDK',
    `    new OpenAI({ baseURL: '${url}/v1', apiKey: '${key}' })`,
    '',
    '  Ctrl-C stops everything.',
    '',
  ].join('\n')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200)
}
