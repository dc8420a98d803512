import { chatModelOf } from '../../bridge/desk/first-chat.ts'
import type { EndpointView, SnippetView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** Stands where the key goes, in everything that is shown. */
export const KEY_PLACEHOLDER = 'YOUR_KEY'

const EXAMPLE_MODEL = 'llama3.2'

/** How clients reach this device; `null` until the relay has said its URL. */
export function toEndpointView({ bridge }: AppState): EndpointView | null {
  const { url, upstream } = bridge ?? {}
  if (url === undefined) return null
  const facts = upstream?.kind === 'up' ? upstream.facts : null
  const snippets = snippetsFor(url, KEY_PLACEHOLDER, facts?.models ?? [])
  // Ollama's own client speaks Ollama's own API only.
  const canOllama = facts?.kind !== 'openai'
  return { url, snippets: snippets.filter(({ id }) => canOllama || id !== 'ollamaCli') }
}

/**
 * Lines to paste into clients. All but the first use the OpenAI API, which every model server has.
 * @param models what the model server has: the first that can chat is named
 */
export function snippetsFor(url: string, key: string, models: readonly string[]): readonly SnippetView[] {
  const model = chatModelOf({ models }) ?? EXAMPLE_MODEL
  const apiUrl = `${url}/v1`
  return [
    {
      id: 'ollamaCli',
      label: 'Ollama CLI',
      hint: 'In a terminal. On Windows, set the variable OLLAMA_HOST first.',
      text: `OLLAMA_HOST=${shellWord(`${url}/k/${key}`)} ollama run ${shellWord(model)}`,
    },
    {
      id: 'curl',
      label: 'curl',
      hint: 'In a terminal on Linux or macOS, or in Git Bash.',
      text: curlText(apiUrl, key, model),
    },
    {
      id: 'openaiSdk',
      label: 'OpenAI SDK',
      hint: 'In JavaScript or TypeScript. Python takes the same two as base_url and api_key.',
      text: sdkText(apiUrl, key, model),
    },
    {
      id: 'openWebUi',
      label: 'Open WebUI',
      hint: 'In Admin Settings → Connections → OpenAI → Manage → Add New Connection.',
      text: `URL: ${apiUrl}\nAPI Key: ${key}`,
    },
    {
      id: 'continue',
      label: 'Continue',
      hint: 'In ~/.continue/config.yaml. Where it has models already, add the entry to them.',
      text: continueText(apiUrl, key, model),
    },
    {
      id: 'cursor',
      label: 'Cursor',
      hint: 'In Cursor Settings → Models. Cursor asks from its own servers, so the URL must be reachable from the internet.',
      text: `OpenAI API Key: ${key}\nOverride OpenAI Base URL: ${apiUrl}\nAdd model: ${model}`,
    },
  ]
}

function curlText(apiUrl: string, key: string, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] })
  return [
    `curl ${shellWord(`${apiUrl}/chat/completions`)} \\`,
    `  -H ${shellWord(`Authorization: Bearer ${key}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${shellWord(body)}`,
  ].join('\n')
}

function sdkText(apiUrl: string, key: string, model: string): string {
  return [
    `import OpenAI from 'openai'`,
    '',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(apiUrl)}, apiKey: ${JSON.stringify(key)} })`,
    'const answer = await client.chat.completions.create({',
    `  model: ${JSON.stringify(model)},`,
    `  messages: [{ role: 'user', content: 'Hi' }],`,
    '})',
    'console.log(answer.choices[0].message.content)',
  ].join('\n')
}

/** https://docs.continue.dev/customize/model-providers/top-level/openai, read in 2026-11. JSON's strings are YAML's, too. */
function continueText(apiUrl: string, key: string, model: string): string {
  return [
    'name: CloudToLocalLLM',
    'version: 0.0.1',
    'schema: v1',
    'models:',
    `  - name: ${JSON.stringify(model)}`,
    '    provider: openai',
    `    model: ${JSON.stringify(model)}`,
    `    apiBase: ${JSON.stringify(apiUrl)}`,
    `    apiKey: ${JSON.stringify(key)}`,
    '    roles: [chat, edit, apply]',
  ].join('\n')
}

/** One word of a POSIX shell: names of models and relays are not ours, and people paste this. */
function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
