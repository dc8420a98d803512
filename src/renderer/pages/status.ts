import type { AppView, ConnectionView, ProblemView, RelayView, UpstreamView } from '../../shared/ipc/view.ts'
import { h, type Child } from '../dom.ts'
import { secondsUntil, toCount } from '../format.ts'
import type { Shell } from '../shell.ts'
import { actionButton } from '../parts/button.ts'
import { card, facts, message } from '../parts/card.ts'
import { mark } from '../parts/icon.ts'
import { TestChat } from '../parts/test-chat.ts'

/** Whether it works, what is wrong, and what to do. */
export class StatusPage {
  readonly #shell: Shell
  readonly #chat: TestChat

  constructor(shell: Shell) {
    this.#shell = shell
    this.#chat = new TestChat(shell)
  }

  render({ connection, problems, relay, upstream, requests }: AppView): Child[] {
    const running = requests.filter(({ state }) => state === 'running').length
    return [
      connectionHero(this.#shell, connection, running),
      h('div.stack', { key: 'problems' }, ...problems.map((problem) => this.#renderProblem(problem))),
      h('div.columns', { key: 'facts' }, upstreamCard(upstream), relay === null ? null : relayCard(relay)),
      this.#renderChat(connection, upstream),
    ]
  }

  #renderProblem({ code, severity, title, text, action }: ProblemView): Child {
    const press = action === null ? null : actionButton(this.#shell, action)
    return h('div', { key: code }, message(severity, title, text, press))
  }

  #renderChat({ kind }: ConnectionView, upstream: UpstreamView): Child {
    const isPossible = kind === 'online' && upstream.kind === 'up'
    return card(
      'Try it',
      h(
        'div.row.spread',
        {},
        h(
          'p.muted',
          {},
          isPossible
            ? 'Sends one short chat through the relay to your model.'
            : 'Possible once this device is online and a model server answers.',
        ),
        this.#chat.renderButton(isPossible),
      ),
      this.#chat.renderResult(),
    )
  }
}

/** The state in large: also what somebody waits for at the end of the first run. */
export function connectionHero(shell: Shell, connection: ConnectionView, running: number): Child {
  const { kind, shape, title, detail, actions, retryAt } = connection
  const isWorking = kind === 'connecting' || kind === 'starting'
  return h(
    `section.hero.${shape}`,
    { key: 'hero', 'data-kind': kind },
    h(`div.hero-mark${isWorking ? '.working' : ''}`, {}, mark(shape)),
    h(
      'div.hero-text',
      {},
      h('h1', {}, title),
      h('p.lead', {}, detail),
      retryAt === null ? null : h('p.countdown', {}, countdown(retryAt)),
      running === 0 ? null : h('p.countdown', {}, `${toCount(running, 'request')} running now`),
    ),
    h(
      'div.hero-actions',
      {},
      ...actions.map((action, index) => actionButton(shell, action, kindOf(connection, index))),
    ),
  )
}

function kindOf({ shape }: ConnectionView, index: number): 'primary' | 'plain' {
  return index === 0 && shape !== 'online' ? 'primary' : 'plain'
}

function countdown(retryAt: number): string {
  const seconds = secondsUntil(retryAt, Date.now())
  return seconds === 0 ? 'Trying again now' : `Next try in ${seconds} s`
}

function relayCard({ url, account, rttMs, deviceName, deviceId }: RelayView): Child {
  return card(
    'Relay',
    facts([
      ['Address', h('code', {}, url)],
      ['Round trip', rttMs === null ? 'Not measured' : `${Math.round(rttMs)} ms`],
      ['Account', account],
      ['This device', h('span', { title: deviceId }, deviceName)],
    ]),
  )
}

function upstreamCard({ kind, title, detail, baseUrl, models }: UpstreamView): Child {
  const [state, word] = UPSTREAM_STATES[kind]
  return card(
    'Model server',
    h('p.state-line', {}, h(`span.pill.${state}`, {}, word), h('strong', {}, title)),
    detail === '' ? null : h('p.muted', {}, detail),
    facts([['Address', baseUrl === null ? null : h('code', {}, baseUrl)]]),
    models.length === 0 ? null : modelList(models),
  )
}

const UPSTREAM_STATES = {
  looking: ['connecting', 'Looking'],
  up: ['online', 'Running'],
  refusing: ['attention', 'Not ready'],
  down: ['attention', 'Not running'],
} as const

function modelList(models: readonly string[]): Child {
  return h(
    'div',
    {},
    h('h3', { id: 'models' }, toCount(models.length, 'model')),
    h(
      'ul.chips',
      { 'aria-labelledby': 'models' },
      ...models.map((model) => h('li.chip', { key: model }, model)),
    ),
  )
}
