import { isLoopback } from '../../bridge/dial/relay-address.ts'
import type { UpstreamView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import type { UpstreamState, UpstreamFacts, RefusalCause } from '../../bridge/upstream/upstream-state.ts'

const LOOKING: UpstreamView = {
  kind: 'looking',
  title: 'Looking for a model server',
  detail: 'Ollama, LM Studio, llama.cpp or vLLM on this computer.',
  baseUrl: null,
  models: [],
}

/** The model server as text. */
export function toUpstreamView({ bridge }: Pick<AppState, 'bridge'>): UpstreamView {
  const upstream = bridge?.upstream ?? { kind: 'unknown' }
  switch (upstream.kind) {
    case 'unknown':
      return LOOKING
    case 'up':
      return upView(upstream.facts)
    case 'refusing':
      return refusingView(upstream)
    case 'down':
      return downView(upstream)
  }
}

function upView(facts: UpstreamFacts): UpstreamView {
  const { name, baseUrl, models } = facts
  return { kind: 'up', title: name, detail: detailOf(facts), baseUrl, models }
}

function detailOf({ kind, baseUrl, models }: UpstreamFacts): string {
  if (kind === 'demo')
    return 'Returns made-up text until a real model server is running. Install Ollama to use your own models.'
  if (models.length > 0) return isLoopback(new URL(baseUrl)) ? 'On this computer.' : 'On another computer.'
  return kind === 'ollama'
    ? 'No models yet. Get one with: ollama pull llama3.2'
    : 'No models yet. Load one in the model server.'
}

const REFUSALS: Readonly<Record<RefusalCause, { readonly title: string; readonly detail: string }>> = {
  needsKey: { title: 'Model server requires an API key', detail: 'Enter the key in the settings.' },
  keyRefused: { title: 'API key not accepted', detail: 'Enter the correct key in the settings.' },
  loading: { title: 'Loading a model', detail: 'Requests are answered once it is loaded.' },
  failing: {
    title: 'Model server has a problem',
    detail: 'See its log for details. Restarting it may help.',
  },
}

function refusingView({ refusal, reason }: Extract<UpstreamState, { kind: 'refusing' }>): UpstreamView {
  const { title, detail } = REFUSALS[refusal.cause]
  const { baseUrl } = refusal
  return { kind: 'refusing', title, detail: `${reason} ${detail}`, baseUrl, models: [] }
}

function downView({ baseUrl, reason }: Extract<UpstreamState, { kind: 'down' }>): UpstreamView {
  const title = baseUrl === null ? 'No model server found' : 'Model server does not respond'
  return {
    kind: 'down',
    title,
    detail: `${reason} We’ll detect it as soon as it starts.`,
    baseUrl,
    models: [],
  }
}
