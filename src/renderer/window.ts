/** Starts the page: one snapshot at the beginning, then each that follows, drawn as they come. */
import type { PageId } from '../shared/ipc/contract.ts'
import type { AppView } from '../shared/ipc/view.ts'
import { draw, h, type Child } from './dom.ts'
import { ConnectPage } from './pages/connect.ts'
import { DiagnosticsPage } from './pages/diagnostics.ts'
import { KeysPage } from './pages/keys.ts'
import { RequestsPage } from './pages/requests.ts'
import { SettingsPage } from './pages/settings.ts'
import { StatusPage } from './pages/status.ts'
import { button } from './parts/button.ts'
import { icon, mark } from './parts/icon.ts'
import { tabs } from './parts/tabs.ts'
import { Setup } from './setup.ts'
import { Shell } from './shell.ts'

/** How often figures that change with time are drawn again. */
const TICK_MS = 1_000

const PAGES: readonly (readonly [PageId, string])[] = [
  ['status', 'Status'],
  ['connect', 'Connect'],
  ['keys', 'Keys'],
  ['requests', 'Requests'],
  ['settings', 'Settings'],
  ['diagnostics', 'Diagnostics'],
]

let view: AppView | null = null

const shell = new Shell(redraw)
const setup = new Setup(shell)
const pages: Readonly<Record<PageId, { render(view: AppView): Child[] }>> = {
  status: new StatusPage(shell),
  connect: new ConnectPage(shell),
  keys: new KeysPage(shell),
  requests: new RequestsPage(),
  settings: new SettingsPage(shell),
  diagnostics: new DiagnosticsPage(shell),
}

function redraw(): void {
  draw(document.body, [
    view === null ? null : content(view),
    h(
      'div.notices',
      { key: 'notices', role: 'alert' },
      shell.notice === null ? null : noticeBar(shell.notice),
    ),
    h('p.hidden', { key: 'announcement', role: 'status' }, shell.announcement),
  ])
}

function content(view: AppView): Child {
  document.documentElement.dataset['theme'] = view.settings.values.theme
  if (setup.follow(view)) return h('div.setup', { key: 'setup' }, ...setup.render(view))
  return h('div.frame', { key: 'frame' }, ...frame(view))
}

function frame(view: AppView): Child[] {
  const { title, shape } = view.connection
  return [
    h(
      'header.rail',
      {},
      h('p.brand', {}, mark('online'), 'CloudToLocalLLM'),
      tabs({
        name: 'pages',
        label: 'Pages',
        panelId: 'page',
        tabs: PAGES.map(([id, name]) => ({ id, face: [icon(id), h('span', {}, name)] })),
        chosen: shell.page,
        onChoose: (page) => shell.show(page),
      }),
      h(`p.rail-state.${shape}`, { role: 'status' }, mark(shape), title),
    ),
    // Stops the Tab key: the arrow keys scroll it. One for each page, so that each starts at its top.
    h('main.main', { key: shell.page, tabindex: 0 }, pagePanel(view)),
  ]
}

function pagePanel(view: AppView): Child {
  const { page } = shell
  return h(
    'div.page',
    { id: 'page', role: 'tabpanel', 'aria-labelledby': `pages-tab-${page}` },
    ...pages[page].render(view),
  )
}

function noticeBar(notice: string): Child {
  return h(
    'div.notice',
    {},
    icon('error'),
    h('p', {}, notice),
    button('', { kind: 'quiet', icon: 'close', label: 'Dismiss', onPress: () => shell.tell(null) }),
  )
}

function accept(next: AppView): void {
  view = next
  redraw()
}

window.app.on('view.changed', accept)
window.app.on('page.show', (page) => shell.show(page))
setInterval(() => {
  if (view !== null && (view.connection.retryAt !== null || view.requests.length > 0)) redraw()
}, TICK_MS)
void shell.ask('view.get').then((answer) => {
  // One that came meanwhile is newer.
  if (answer.ok && view === null) accept(answer.result)
})
