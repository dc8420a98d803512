import type { AppView, CheckView, UpdateView } from '../../shared/ipc/view.ts'
import { h, type Child } from '../dom.ts'
import type { Shell } from '../shell.ts'
import { actionButton, button } from '../parts/button.ts'
import { card, pageHead } from '../parts/card.ts'
import { icon } from '../parts/icon.ts'

const LEVELS = {
  ok: { word: 'OK', icon: 'done' },
  warn: { word: 'Warning', icon: 'warning' },
  fail: { word: 'Problem', icon: 'error' },
} as const

/** Of `CheckName` in the doctor; one that is not here goes by its own name. */
const CHECKS: Readonly<Record<string, string>> = {
  'data-dir': 'Data folder',
  upstream: 'Model server',
  exposure: 'Open to the network',
  secrets: 'Keychain',
  proxy: 'Proxy',
  relay: 'Relay',
  clock: 'Clock',
  credential: 'Sign-in',
  websocket: 'WebSocket',
  streaming: 'Streaming',
}

/** Finds out what is wrong, and gathers what somebody who helps has to know. */
export class DiagnosticsPage {
  readonly #shell: Shell
  #checks: readonly CheckView[] | null = null
  #savedReport: string | null = null

  constructor(shell: Shell) {
    this.#shell = shell
  }

  render({ version, update }: AppView): Child[] {
    return [
      pageHead('Diagnostics', 'Checks everything between a client and your model, and says what to mend.'),
      this.#renderChecks(),
      this.#renderReport(),
      this.#renderVersion(version, update),
    ]
  }

  #renderChecks(): Child {
    const isBusy = this.#shell.isBusy('doctor')
    return card(
      'Checks',
      h(
        'div.row.spread',
        {},
        h(
          'p.muted',
          { role: 'status' },
          isBusy ? 'Checking. This takes a few seconds.' : summaryOf(this.#checks),
        ),
        button(this.#checks === null ? 'Run checks' : 'Run again', {
          kind: 'primary',
          icon: 'diagnostics',
          isBusy,
          onPress: () => this.#check(),
        }),
      ),
      isBusy ? h('progress', { 'aria-label': 'Checking' }) : null,
      this.#checks === null || isBusy
        ? null
        : h('ul.checks', {}, ...this.#checks.map((check) => checkRow(check))),
    )
  }

  #check(): void {
    this.#shell.run('doctor', async () => {
      const answer = await this.#shell.ask('doctor.run')
      if (answer.ok) this.#checks = answer.result
    })
  }

  #renderReport(): Child {
    const saved = this.#savedReport
    return card(
      'Report',
      h(
        'p.muted',
        {},
        'For somebody who helps you. Keys, tokens and what was asked and answered are not in it.',
      ),
      saved === null ? null : h('p', { role: 'status' }, 'Saved as ', h('code', {}, saved)),
      h(
        'div.row',
        {},
        button('Export report…', { isBusy: this.#shell.isBusy('report'), onPress: () => this.#export() }),
        actionButton(this.#shell, { id: 'openLogs', label: 'Open log folder' }),
      ),
    )
  }

  #export(): void {
    this.#shell.run('report', async () => {
      const answer = await this.#shell.ask('report.export')
      if (answer.ok) this.#savedReport = answer.result.path
    })
  }

  #renderVersion(version: string, { kind, text, percent, action }: UpdateView): Child {
    const canCheck = kind === 'idle' || kind === 'failed'
    return card(
      'Version',
      h(
        'div.row.spread',
        {},
        h(
          'div',
          {},
          h('p', {}, h('strong', {}, `CloudToLocalLLM ${version}`)),
          h('p.muted', { role: 'status' }, text),
        ),
        h(
          'div.row',
          {},
          action === null ? null : actionButton(this.#shell, action, 'primary'),
          canCheck && action?.id !== 'checkForUpdates'
            ? actionButton(this.#shell, { id: 'checkForUpdates', label: 'Check for updates' })
            : null,
        ),
      ),
      kind === 'downloading' ? h('progress', { 'aria-label': 'Download', max: 100, value: percent }) : null,
      h(
        'div.row.links',
        {},
        this.#link('documents', 'Documentation'),
        this.#link('releases', 'What is new'),
        this.#link('license', 'License'),
      ),
    )
  }

  #link(target: 'documents' | 'releases' | 'license', text: string): Child {
    return button(text, { kind: 'quiet', onPress: () => void this.#shell.ask('link.open', target) })
  }
}

function summaryOf(checks: readonly CheckView[] | null): string {
  if (checks === null) return 'Nothing is changed by the checks.'
  const failed = checks.filter(({ level }) => level === 'fail').length
  const warned = checks.filter(({ level }) => level === 'warn').length
  if (failed + warned === 0) return 'Everything is fine.'
  return `${failed} of ${checks.length} checks found a problem, ${warned} a reason to warn.`
}

function checkRow({ check, level, detail, fix }: CheckView): Child {
  const { word, icon: name } = LEVELS[level]
  return h(
    'li.check',
    { key: check },
    h(`span.badge.${level}`, {}, icon(name), word),
    h(
      'div',
      {},
      h('h3', {}, CHECKS[check] ?? check),
      h('p.muted', {}, detail),
      fix === null ? null : h('p.fix', {}, fix),
    ),
  )
}
