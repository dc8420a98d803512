import { isLoopback } from '../../bridge/dial/relay-address.ts'
import type { UpstreamState } from '../../bridge/upstream/monitor.ts'
import type { UpstreamFacts } from '../../bridge/upstream/probe.ts'
import type { UpstreamView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

const LOOKING: UpstreamView = {
  kind: 'looking',
  title: 'Looking for a model server',
  detail: 'Ollama, LM Studio, llama.cpp or vLLM on this computer.',
  origin: null,
  models: [],
}

/** The model server, in words. */
export function toUpstreamView({ bridge }: Pick<AppState, 'bridge'>): UpstreamView {
  const upstream = bridge?.upstream ?? { kind: 'unknown' }
  switch (upstream.kind) {
    case 'unknown':
      return LOOKING
    case 'up':
      return upView(upstream.facts)
    case 'down':
      return downView(upstream)
  }
}

function upView(facts: UpstreamFacts): UpstreamView {
  const { name, origin, models } = facts
  return { kind: 'up', title: name, detail: detailOf(facts), origin, models }
}

function detailOf({ kind, origin, models }: UpstreamFacts): string {
  if (kind === 'demo')
    return 'Answers with made-up text until a real model server runs. Install Ollama to use your own models.'
  if (models.length > 0) return isLoopback(new URL(origin)) ? 'On this computer.' : 'On another computer.'
  return kind === 'ollama'
    ? 'No models yet. Get one with: ollama pull llama3.2'
    : 'No models yet. Load one there.'
}

function downView({ origin, reason }: Extract<UpstreamState, { kind: 'down' }>): UpstreamView {
  const title = origin === null ? 'No model server found' : 'Model server does not answer'
  return { kind: 'down', title, detail: `${reason} It is found by itself once it runs.`, origin, models: [] }
}
