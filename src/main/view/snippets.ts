import {
  curlLines,
  EXAMPLE_MODEL,
  keyUrlOf,
  ollamaLine,
  openaiClient,
  type ClientEndpoint,
} from '../../bridge/profile/client-lines.ts'
import { chatModelOf } from '../../bridge/profile/first-chat.ts'
import type { SnippetId, SnippetView } from '../../shared/ipc/view.ts'
import { toPlainText } from '../../shared/plain-text.ts'
import { toJsonString, toJsString, toPowerShellWord, toShellWord } from '../../shared/quote.ts'
import type { ViewCatalogue } from './words/en.ts'
import type { ViewWords } from './words/view-words.ts'

/** Values of a client's configuration, for one endpoint and key. */
export interface SnippetFacts {
  readonly url: string
  readonly key: string
  /** Models of the server; snippets name the first chat model. */
  readonly models: readonly string[]
}

interface Client {
  readonly id: SnippetId
  /** The client's own name, the same in every language. */
  readonly label: string
  readonly hint: Extract<keyof ViewCatalogue, `snippet.${string}`>
  readonly evidence: SnippetView['evidence']
  readonly text: (endpoint: ClientEndpoint) => string
}

/** All but the Ollama CLI and Home Assistant use APIs that every model server has. */
const CLIENTS: readonly Client[] = [
  { id: 'ollamaCli', label: 'Ollama CLI', hint: 'snippet.terminal', evidence: 'tested', text: ollamaLine },
  {
    id: 'powerShell',
    label: 'PowerShell',
    hint: 'snippet.powerShell',
    evidence: 'documented',
    text: powerShellText,
  },
  {
    id: 'curl',
    label: 'curl',
    hint: 'snippet.curl',
    evidence: 'tested',
    text: (endpoint) => curlLines(endpoint, 'openai').join('\n'),
  },
  { id: 'openaiSdk', label: 'OpenAI SDK', hint: 'snippet.sdk', evidence: 'tested', text: sdkText },
  {
    id: 'openWebUi',
    label: 'Open WebUI',
    hint: 'snippet.openWebUi',
    evidence: 'documented',
    text: ({ url, key }) => `URL: ${url}/v1\nAPI Key: ${key}`,
  },
  {
    id: 'continue',
    label: 'Continue',
    hint: 'snippet.continue',
    evidence: 'documented',
    text: continueText,
  },
  {
    id: 'cursor',
    label: 'Cursor',
    hint: 'snippet.cursor',
    evidence: 'documented',
    text: ({ url, key, model }) =>
      `OpenAI API Key: ${key}\nOverride OpenAI Base URL: ${url}/v1\nAdd model: ${toPlainText(model)}`,
  },
  {
    id: 'cline',
    label: 'Cline',
    hint: 'snippet.cline',
    evidence: 'documented',
    text: ({ url, key, model }) => `Base URL: ${url}/v1\nAPI Key: ${key}\nModel ID: ${toPlainText(model)}`,
  },
  { id: 'zed', label: 'Zed', hint: 'snippet.zed', evidence: 'documented', text: zedText },
  {
    id: 'homeAssistant',
    label: 'Home Assistant',
    hint: 'snippet.homeAssistant',
    evidence: 'documented',
    text: (endpoint) => `URL: ${keyUrlOf(endpoint)}`,
  },
  {
    id: 'n8n',
    label: 'n8n',
    hint: 'snippet.n8n',
    evidence: 'documented',
    text: ({ url, key }) => `API Key: ${key}\nBase URL: ${url}/v1`,
  },
  {
    id: 'claudeCode',
    label: 'Claude Code',
    hint: 'snippet.claudeCode',
    evidence: 'documented',
    text: claudeText,
  },
  { id: 'codex', label: 'Codex', hint: 'snippet.codex', evidence: 'documented', text: codexText },
]

/** Configuration for clients, in the order of the tabs. */
export function snippetsFor({ t }: ViewWords, { url, key, models }: SnippetFacts): readonly SnippetView[] {
  const endpoint = { url, key, model: chatModelOf({ models }) ?? EXAMPLE_MODEL }
  return CLIENTS.map(({ id, label, hint, evidence, text }) => ({
    id,
    label,
    hint: t(hint),
    evidence,
    text: text(endpoint),
  }))
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

/** Format: https://zed.dev/docs/ai/llm-providers, "OpenAI API Compatible" (2026-11). Zed's settings take comments. */
function zedText({ url, key, model }: ClientEndpoint): string {
  return [
    '{',
    `  // API key: ${key}`,
    '  "language_models": {',
    '    "openai_compatible": {',
    '      "CloudToLocalLLM": {',
    `        "api_url": ${toJsonString(`${url}/v1`)},`,
    `        "available_models": [{ "name": ${toJsonString(model)}, "max_tokens": 8192 }]`,
    '      }',
    '    }',
    '  }',
    '}',
  ].join('\n')
}

/** Variables: https://code.claude.com/docs/en/llm-gateway (2026-11). */
function claudeText({ url, key, model }: ClientEndpoint): string {
  return [
    `ANTHROPIC_BASE_URL=${toShellWord(url)} \\`,
    `  ANTHROPIC_AUTH_TOKEN=${toShellWord(key)} \\`,
    `  claude --model ${toShellWord(model)}`,
  ].join('\n')
}

/** Format: `model_providers` at https://developers.openai.com/codex/config-reference (2026-11). JSON strings are valid TOML. */
function codexText({ url, key, model }: ClientEndpoint): string {
  return [
    `# export CLOUDTOLOCALLLM_API_KEY=${toShellWord(key)}`,
    `model = ${toJsonString(model)}`,
    'model_provider = "cloudtolocalllm"',
    '',
    '[model_providers.cloudtolocalllm]',
    'name = "CloudToLocalLLM"',
    `base_url = ${toJsonString(`${url}/v1`)}`,
    'env_key = "CLOUDTOLOCALLLM_API_KEY"',
    'wire_api = "responses"',
  ].join('\n')
}
