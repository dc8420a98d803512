import { isLoopback } from '../../bridge/dial/relay-address.ts'
import type { EndpointView, SnippetId } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { snippetsFor } from './snippets.ts'
import { wordsOf } from './words/view-words.ts'

/** Placeholder for the key in displayed text. */
export const KEY_PLACEHOLDER = 'YOUR_KEY'

/** Snippets for Ollama's clients, which support only Ollama's own API. */
const FOR_OLLAMA: ReadonlySet<SnippetId> = new Set(['ollamaCli', 'powerShell', 'homeAssistant'])

/** The URL and snippets for clients; `null` until the relay has sent its URL. */
export function toEndpointView(state: AppState): EndpointView | null {
  const { url, upstream } = state.bridge ?? {}
  if (url === undefined) return null
  const facts = upstream?.kind === 'up' ? upstream.facts : null
  const snippets = snippetsFor(wordsOf(state), { url, key: KEY_PLACEHOLDER, models: facts?.models ?? [] })
  const canOllama = facts?.kind !== 'openai'
  return {
    url,
    isLocal: isLoopback(new URL(url)),
    defaultKey: state.isDefaultKeyRevoked ? 'revoked' : 'ready',
    snippets: snippets.filter(({ id }) => canOllama || !FOR_OLLAMA.has(id)),
  }
}
