import { isLoopback } from '../../bridge/dial/relay-address.ts'
import type { ActionView, UpstreamView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'
import type { UpstreamState, UpstreamFacts } from '../../bridge/upstream/upstream-state.ts'
import { wordsOf, type ViewWords } from './words/view-words.ts'

type Source = Pick<AppState, 'bridge' | 'canStartOllama' | 'locale'>

/** The model server as text. */
export function toUpstreamView(state: Source): UpstreamView {
  const words = wordsOf(state)
  const { t } = words
  const upstream = state.bridge?.upstream ?? { kind: 'unknown' }
  const passive = { baseUrl: null, models: [], actions: [], canPull: false }
  switch (upstream.kind) {
    case 'unknown':
      return {
        ...passive,
        kind: 'looking',
        title: t('upstream.looking'),
        detail: t('upstream.looking.detail'),
      }
    case 'up':
      return { ...upView(words, upstream.facts), actions: actionsOf(words, upstream, state) }
    case 'refusing':
      return { ...passive, ...refusingView(words, upstream), actions: [actionFor(words, 'detectUpstream')] }
    case 'down': {
      const { baseUrl } = upstream
      return {
        ...passive,
        kind: 'down',
        title: t(baseUrl === null ? 'upstream.none' : 'upstream.silent'),
        detail: baseUrl === null ? t('upstream.none.detail') : t('upstream.silent.detail', { url: baseUrl }),
        baseUrl,
        actions: actionsOf(words, upstream, state),
      }
    }
  }
}

/** Actions that lead to the user's own model server. Starting is offered only for an Ollama on this computer. */
function actionsOf(
  words: ViewWords,
  upstream: Extract<UpstreamState, { kind: 'up' | 'down' }>,
  { canStartOllama }: Source,
): readonly ActionView[] {
  if (upstream.kind === 'up' && upstream.facts.kind !== 'demo') return []
  const url = upstream.kind === 'up' ? null : upstream.baseUrl
  const canStart = canStartOllama && (url === null || isLoopback(new URL(url)))
  const look = actionFor(words, 'detectUpstream')
  return [actionFor(words, canStart ? 'startUpstream' : 'getOllama'), look]
}

function upView(words: ViewWords, facts: UpstreamFacts): UpstreamView {
  const { name, kind, baseUrl, models } = facts
  const title = kind === 'demo' ? words.t('upstream.demo') : name
  const canPull = kind === 'ollama'
  return { kind: 'up', title, detail: detailOf(words, facts), baseUrl, models, actions: [], canPull }
}

function detailOf({ t }: ViewWords, { kind, baseUrl, models }: UpstreamFacts): string {
  if (kind === 'demo') return t('upstream.demo.detail')
  if (models.length > 0) return t(isLoopback(new URL(baseUrl)) ? 'upstream.here' : 'upstream.elsewhere')
  return t(kind === 'ollama' ? 'upstream.noModels.ollama' : 'upstream.noModels.other')
}

function refusingView({ t }: ViewWords, { refusal }: Extract<UpstreamState, { kind: 'refusing' }>) {
  const { cause, baseUrl, name } = refusal
  const server = name === undefined ? baseUrl : t('upstream.at', { name, url: baseUrl })
  const [title, detail] = [t(`upstream.${cause}`), t(`upstream.${cause}.detail`, { server })]
  return { kind: 'refusing', title, detail, baseUrl } as const
}
