import {
  curlLines,
  EXAMPLE_MODEL,
  keyUrlOf,
  ollamaLine,
  openaiClient,
  type ClientEndpoint,
} from '../../bridge/profile/client-lines.ts'
import { chatModelOf } from '../../bridge/profile/first-chat.ts'
import type { EndpointView, SnippetId, SnippetView } from '../../shared/ipc/view.ts'
import { toPlainText } from '../../shared/plain-text.ts'
import { toJsonString, toJsString, toPowerShellWord } from '../../shared/quote.ts'
import type { AppState } from './app-state.ts'

/** Placeholder for the key in displayed text. */
export const KEY_PLACEHOLDER = 'YOUR_KEY'

/** Snippets for Ollama's client, which supports only Ollama's own API. */
const FOR_OLLAMA: ReadonlySet<SnippetId> = new Set(['ollamaCli', 'powerShell'])

/** The URL and snippets for clients; `null` until the relay has sent its URL. */
export function toEndpointView({ bridge }: AppState): EndpointView | null {
  const { url, upstream } = bridge ?? {}
  if (url === undefined) return null
  const facts = upstream?.kind === 'up' ? upstream.facts : null
  const snippets = snippetsFor(url, KEY_PLACEHOLDER, facts?.models ?? [])
  const canOllama = facts?.kind !== 'openai'
  return { url, snippets: snippets.filter(({ id }) => canOllama || !FOR_OLLAMA.has(id)) }
}

/**
 * Configuration for clients. All but the first two use the OpenAI API, which every model server supports.
 * @param models models of the server; snippets name the first chat model
 */
export function snippetsFor(url: string, key: string, models: readonly string[]): readonly SnippetView[] {
  const endpoint = { url, key, model: chatModelOf({ models }) ?? EXAMPLE_MODEL }
  return [
    {
      id: 'ollamaCli',
      label: 'Ollama CLI',
      hint: 'In a terminal on Linux or macOS.',
      text: ollamaLine(endpoint),
    },
    {
      id: 'powerShell',
      label: 'PowerShell',
      hint: 'In PowerShell on Windows, with the Ollama CLI.',
      text: powerShellText(endpoint),
    },
    {
      id: 'curl',
      label: 'curl',
      hint: 'In a terminal on Linux or macOS, or in Git Bash.',
      text: curlLines(endpoint, 'openai').join('\n'),
    },
    {
      id: 'openaiSdk',
      label: 'OpenAI SDK',
      hint: 'In JavaScript or TypeScript. In Python, the options are base_url and api_key.',
      text: sdkText(endpoint),
    },
    ...formSnippetsFor(endpoint),
  ]
}

/** Programs that are configured in a form or a file. */
function formSnippetsFor(endpoint: ClientEndpoint): readonly SnippetView[] {
  const { key } = endpoint
  const apiUrl = `${endpoint.url}/v1`
  return [
    {
      id: 'openWebUi',
      label: 'Open WebUI',
      hint: 'In Admin Settings → Connections → OpenAI → Manage → Add New Connection.',
      text: `URL: ${apiUrl}\nAPI Key: ${key}`,
    },
    {
      id: 'continue',
      label: 'Continue',
      hint: 'In ~/.continue/config.yaml. If it already has models, add this entry to the list.',
      text: continueText(endpoint),
    },
    {
      id: 'cursor',
      label: 'Cursor',
      hint: 'In Cursor Settings → Models. Cursor sends requests from its own servers, so the URL must be reachable from the internet.',
      text: `OpenAI API Key: ${key}\nOverride OpenAI Base URL: ${apiUrl}\nAdd model: ${toPlainText(endpoint.model)}`,
    },
  ]
}

function powerShellText(endpoint: ClientEndpoint): string {
  const host = toPowerShellWord(keyUrlOf(endpoint))
  return `$env:OLLAMA_HOST = ${host}; ollama run ${toPowerShellWord(endpoint.model)}`
}

function sdkText(endpoint: ClientEndpoint): string {
  return [
    `import OpenAI from 'openai'`,
    '',
    `const client = ${openaiClient(endpoint)}`,
    'const answer = await client.chat.completions.create({',
    `  model: ${toJsString(endpoint.model)},`,
    `  messages: [{ role: 'user', content: 'Hi' }],`,
    '})',
    'console.log(answer.choices[0].message.content)',
  ].join('\n')
}

/**
 * Format: https://docs.continue.dev/customize/model-providers/top-level/openai (2026-11). JSON strings are
 * valid YAML.
 */
function continueText({ url, key, model }: ClientEndpoint): string {
  return [
    'name: CloudToLocalLLM',
    'version: 0.0.1',
    'schema: v1',
    'models:',
    `  - name: ${toJsonString(model)}`,
    '    provider: openai',
    `    model: ${toJsonString(model)}`,
    `    apiBase: ${toJsonString(`${url}/v1`)}`,
    `    apiKey: ${toJsonString(key)}`,
    '    roles: [chat, edit, apply]',
  ].join('\n')
}
