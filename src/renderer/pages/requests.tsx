import type { RequestView } from '../../shared/ipc/view.ts'
import { useNow } from '../clock.ts'
import { toAge, toDuration, toSize } from '../format.ts'
import { EmptyState, PageHead } from '../parts/card.tsx'
import { Icon } from '../parts/icon.tsx'

const STATES = {
  running: { word: 'Running', icon: 'status' },
  done: { word: 'Done', icon: 'done' },
  failed: { word: 'Failed', icon: 'error' },
  cancelled: { word: 'Cancelled', icon: 'stopped' },
} as const

const COLUMNS = ['Request', 'State', 'Time', 'Tokens', 'Data']

interface RequestsPageProps {
  readonly requests: readonly RequestView[]
}

/** Running and recent requests, without their content. */
export function RequestsPage({ requests }: RequestsPageProps) {
  return (
    <>
      <PageHead title="Requests" text="Metadata only. Prompts and answers are never stored." />
      {requests.length === 0 ? (
        <EmptyState
          icon="requests"
          title="No requests yet"
          text="Requests appear here while they run, and for a while afterwards."
        />
      ) : (
        <RequestTable requests={requests} />
      )}
    </>
  )
}

/** States the roles, because the narrow layout takes them from the elements. */
function RequestTable({ requests }: RequestsPageProps) {
  const now = useNow()
  return (
    <table class="requests" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((name) => (
            <th key={name} role="columnheader" scope="col">
              {name}
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
  )
}

interface RequestRowProps {
  readonly request: RequestView
  readonly now: number
}

function RequestRow({ request, now }: RequestRowProps) {
  const { state, method, path, model, key, startedAt, error, tokens, tokensPerS, bytesIn, bytesOut } = request
  const durationMs = request.durationMs ?? Math.max(0, now - startedAt)
  return (
    <tr class={`request ${state}`} role="row">
      <td class="request-name" role="cell">
        <code>{path}</code>
        <span class="muted">{[method, model, key].filter((part) => part !== null).join(' · ')}</span>
        {error !== null && <span class="request-error">{error}</span>}
      </td>
      <td role="cell">
        <StateBadge request={request} />
      </td>
      <Figure name="Time" text={toDuration(durationMs)} more={toAge(startedAt, now)} />
      <Figure
        name="Tokens"
        text={tokens === null ? '–' : String(tokens)}
        more={tokensPerS === null ? '' : `${tokensPerS.toFixed(1)} tok/s`}
      />
      <Figure name="Data" text={`${toSize(bytesIn)} in`} more={`${toSize(bytesOut)} out`} />
    </tr>
  )
}

function StateBadge({ request: { state, status } }: { readonly request: RequestView }) {
  const { word, icon } = STATES[state]
  const isOver = state === 'done' || state === 'failed'
  return (
    <span class={`badge ${state}`}>
      <Icon name={icon} />
      {isOver && status !== null ? `${word} ${status}` : word}
    </span>
  )
}

interface FigureProps {
  readonly name: string
  readonly text: string
  readonly more: string
}

function Figure({ name, text, more }: FigureProps) {
  return (
    <td class="figure" role="cell">
      <span class="figure-name" aria-hidden>
        {name}
      </span>
      <span>{text}</span>
      <span class="muted">{more}</span>
    </td>
  )
}
