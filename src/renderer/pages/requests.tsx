import { useState } from 'preact/hooks'
import type { RequestView, SettingsView } from '../../shared/ipc/view.ts'
import { useNow } from '../clock.ts'
import { EmptyState, PageHead } from '../parts/card.tsx'
import { ChoiceField, SearchField } from '../parts/field.tsx'
import { Figure } from '../parts/figure.tsx'
import { Icon } from '../parts/icon.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useWords } from '../words/window-words.ts'
import { Usage } from './usage/usage.tsx'

const ICONS = { running: 'status', done: 'done', failed: 'error', cancelled: 'stopped' } as const
const STATES = ['running', 'done', 'failed', 'cancelled'] as const
const COLUMNS = ['request', 'state', 'time', 'tokens', 'data'] as const

type StateFilter = RequestView['state'] | 'all'

const VIEWS = ['recent', 'usage'] as const
type View = (typeof VIEWS)[number]

interface RequestsPageProps {
  readonly requests: readonly RequestView[]
  readonly settings: SettingsView
}

/** Requests without their content: the recent ones, and totals of the last days. */
export function RequestsPage({ requests, settings }: RequestsPageProps) {
  const { t } = useWords()
  const [view, setView] = useState<View>('recent')
  return (
    <>
      <PageHead title={t('requests.title')} text={t(view === 'recent' ? 'requests.text' : 'usage.text')} />
      <Tabs
        name="views"
        label={t('requests.views')}
        panelId="view"
        tabs={VIEWS.map((id) => ({ id, face: t(`requests.${id}`) }))}
        chosen={view}
        onChoose={setView}
      />
      <div id="view" class="stack" role="tabpanel" aria-labelledby={`views-tab-${view}`}>
        {view === 'recent' ? <RecentRequests requests={requests} /> : <Usage settings={settings} />}
      </div>
    </>
  )
}

/** Running requests, and those that have ended since the app started. */
function RecentRequests({ requests }: Pick<RequestsPageProps, 'requests'>) {
  const { t, locale } = useWords()
  const [search, setSearch] = useState('')
  const [state, setState] = useState<StateFilter>('all')
  if (requests.length === 0)
    return <EmptyState icon="requests" title={t('requests.none')} text={t('requests.none.text')} />
  const wanted = search.trim().toLocaleLowerCase(locale.tag)
  const shown = requests.filter(
    (request) =>
      (state === 'all' || request.state === state) &&
      [request.name, request.path, request.model, request.key].some((text) =>
        text?.toLocaleLowerCase(locale.tag).includes(wanted),
      ),
  )
  return (
    <>
      <div class="filters">
        <SearchField id="request-search" label={t('requests.filter')} value={search} onInput={setSearch} />
        <ChoiceField<StateFilter>
          id="request-state"
          label={t('requests.state')}
          value={state}
          choices={[
            ['all', t('requests.state.all')],
            ...STATES.map((each) => [each, t(`requests.${each}`)] as const),
          ]}
          onChoose={setState}
        />
      </div>
      {shown.length === 0 ? (
        <p class="muted">{t('requests.noneFound')}</p>
      ) : (
        <RequestTable requests={shown} />
      )}
    </>
  )
}

/** States the roles, because the narrow layout takes them from the elements. */
function RequestTable({ requests }: Pick<RequestsPageProps, 'requests'>) {
  const words = useWords()
  const { t } = words
  const now = useNow()
  const total = (of: (request: RequestView) => number | null): number =>
    requests.reduce((sum, request) => sum + (of(request) ?? 0), 0)
  return (
    <>
      <p class="muted" role="status">
        {t('requests.totals', {
          requests: t('requests', { count: requests.length }),
          tokens: t('tokens', { count: total(({ tokens }) => tokens) }),
          in: words.size(total(({ bytesIn }) => bytesIn)),
          out: words.size(total(({ bytesOut }) => bytesOut)),
        })}
      </p>
      <table class="table" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((name) => (
              <th key={name} role="columnheader" scope="col">
                {t(`requests.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {requests.map((request) => (
            <RequestRow key={request.id} request={request} now={now} />
          ))}
        </tbody>
      </table>
    </>
  )
}

interface RequestRowProps {
  readonly request: RequestView
  readonly now: number
}

function RequestRow({ request, now }: RequestRowProps) {
  const words = useWords()
  const { t } = words
  const { state, name, method, path, model, key, startedAt, error, kept } = request
  const { tokens, tokensPerS, bytesIn, bytesOut } = request
  const durationMs = request.durationMs ?? Math.max(0, now - startedAt)
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 }
  return (
    <tr class={`record request ${state}`} role="row">
      <td class="record-name" role="cell">
        <strong title={`${method} ${path}`}>{name}</strong>
        <span class="muted">
          {[model, key]
            .filter((part) => part !== null)
            .map((part, i) => (
              <span key={part}>
                {i > 0 && ' · '}
                <bdi>{part}</bdi>
              </span>
            ))}
        </span>
        {error !== null && <span class="request-error">{error}</span>}
        {kept !== null && <span class="pill connecting">{kept}</span>}
      </td>
      <td role="cell">
        <StateBadge request={request} />
      </td>
      <Figure
        name={t('requests.time')}
        text={words.duration(durationMs)}
        more={words.moment(startedAt, now)}
        title={words.dateTime(startedAt)}
      />
      <Figure
        name={t('requests.tokens')}
        text={tokens === null ? '–' : words.number(tokens)}
        more={tokensPerS === null ? '' : t('speed', { speed: words.number(tokensPerS, digits) })}
      />
      <Figure
        name={t('requests.data')}
        text={t('requests.in', { size: words.size(bytesIn) })}
        more={t('requests.out', { size: words.size(bytesOut) })}
      />
    </tr>
  )
}

function StateBadge({ request: { state, status } }: { readonly request: RequestView }) {
  const { t } = useWords()
  const word = t(`requests.${state}`)
  return (
    <span class={`badge ${state}`}>
      <Icon name={ICONS[state]} />
      {state === 'failed' && status !== null ? `${word} ${status}` : word}
    </span>
  )
}
