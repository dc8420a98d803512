import type { AppView, RequestView } from '../../shared/ipc/view.ts'
import { h, type Child } from '../dom.ts'
import { toAge, toDuration, toSize } from '../format.ts'
import { emptyState, pageHead } from '../parts/card.ts'
import { icon } from '../parts/icon.ts'

const STATES = {
  running: { word: 'Running', icon: 'status' },
  done: { word: 'Done', icon: 'done' },
  failed: { word: 'Failed', icon: 'error' },
  cancelled: { word: 'Cancelled', icon: 'stopped' },
} as const

/** What passes through at the moment and what did: names and figures, never content. */
export class RequestsPage {
  render({ requests }: AppView): Child[] {
    const head = pageHead('Requests', 'Names and figures only. What is asked and answered is never kept.')
    if (requests.length === 0)
      return [
        head,
        emptyState('requests', 'Nothing yet', 'Requests show up here while they run, and for a while after.'),
      ]
    const now = Date.now()
    return [
      head,
      // The roles are said again because the narrow layout takes them from the elements.
      h(
        'table.requests',
        { key: 'requests', role: 'table' },
        h(
          'thead',
          { role: 'rowgroup' },
          h(
            'tr',
            { role: 'row' },
            ...COLUMNS.map((name) => h('th', { role: 'columnheader', scope: 'col' }, name)),
          ),
        ),
        h('tbody', { role: 'rowgroup' }, ...requests.map((request) => requestRow(request, now))),
      ),
    ]
  }
}

const COLUMNS = ['Request', 'State', 'Time', 'Tokens', 'Data']

function requestRow(request: RequestView, now: number): Child {
  const { id, state, method, path, model, key, startedAt, error, tokens, tokensPerS, bytesIn, bytesOut } =
    request
  const durationMs = request.durationMs ?? Math.max(0, now - startedAt)
  const about = [method, model, key].filter((part) => part !== null).join(' · ')
  return h(
    `tr.request.${state}`,
    { key: id, role: 'row' },
    h(
      'td.request-name',
      { role: 'cell' },
      h('code', {}, path),
      h('span.muted', {}, about),
      error === null ? null : h('span.request-error', {}, error),
    ),
    h('td', { role: 'cell' }, stateBadge(request)),
    figure('Time', toDuration(durationMs), toAge(startedAt, now)),
    figure(
      'Tokens',
      tokens === null ? '–' : String(tokens),
      tokensPerS === null ? '' : `${tokensPerS.toFixed(1)} tok/s`,
    ),
    figure('Data', `${toSize(bytesIn)} in`, `${toSize(bytesOut)} out`),
  )
}

function stateBadge({ state, status }: RequestView): Child {
  const { word, icon: name } = STATES[state]
  const isOver = state === 'done' || state === 'failed'
  return h(`span.badge.${state}`, {}, icon(name), isOver && status !== null ? `${word} ${status}` : word)
}

function figure(name: string, text: string, more: string): Child {
  const label = h('span.figure-name', { 'aria-hidden': true }, name)
  return h('td.figure', { role: 'cell' }, label, h('span', {}, text), h('span.muted', {}, more))
}
