import type { AppView, RelayOfferView, SetupView } from '../shared/ipc/view.ts'
import { h, type Child } from './dom.ts'
import { connectionHero } from './pages/status.ts'
import { button, copyButton, submitButton } from './parts/button.ts'
import { copyLine, message } from './parts/card.ts'
import { textField } from './parts/field.ts'
import { icon, mark } from './parts/icon.ts'
import { TestChat } from './parts/test-chat.ts'
import type { Shell } from './shell.ts'

type Place = 'relay' | 'code' | 'account'

const STEPS = ['Relay', 'This device', 'It works'] as const

/** The way from a fresh install to the first answer: in place of all pages until it is done. */
export class Setup {
  readonly #shell: Shell
  readonly #chat: TestChat
  #url: string | null = null
  #code = ''
  #offer: RelayOfferView | null = null
  /** What failed last, told where it was tried. */
  #failure: { readonly at: Place; readonly text: string } | null = null
  /** What a link has filled in. */
  #link: string | null = null
  /** Somebody goes this way in this window: they see its end too. */
  #isUnderWay = false
  #hasTried = false

  constructor(shell: Shell) {
    this.#shell = shell
    this.#chat = new TestChat(shell)
  }

  /** To be told of every snapshot. @returns whether the way is shown */
  follow({ setup, connection, upstream }: AppView): boolean {
    if (setup.kind !== 'done') {
      this.#isUnderWay = true
      this.#hasTried = false
    }
    if (setup.kind === 'needed' && setup.suggestion !== null) this.#take(setup.suggestion)
    const isReady = setup.kind === 'done' && connection.kind === 'online' && upstream.kind === 'up'
    if (this.#isUnderWay && isReady && !this.#hasTried) {
      this.#hasTried = true
      this.#chat.send()
    }
    return this.#isUnderWay
  }

  render(view: AppView): Child[] {
    const step = this.#stepFor(view.setup)
    return [
      h('header.setup-head', {}, h('span.brand', {}, mark('online'), 'CloudToLocalLLM'), stepList(step)),
      h(
        'main.setup-body',
        { key: `${step}${view.setup.kind === 'browser' ? ' browser' : ''}` },
        ...this.#renderStep(view),
      ),
    ]
  }

  #stepFor(setup: SetupView): number {
    if (setup.kind === 'done') return 2
    return this.#offer === null && setup.kind !== 'browser' ? 0 : 1
  }

  #renderStep(view: AppView): Child[] {
    const { setup } = view
    if (setup.kind === 'done') return this.#renderWorks(view)
    if (setup.kind === 'browser') return this.#renderBrowser(setup.issuer)
    return this.#offer === null ? this.#renderRelay(view) : this.#renderJoin(this.#offer, setup)
  }

  /** Once: what the user makes of it afterwards is theirs. */
  #take({ relayUrl, code }: { readonly relayUrl: string; readonly code: string }): void {
    const link = `${relayUrl} ${code}`
    if (link === this.#link) return
    this.#link = link
    this.#url = relayUrl
    this.#code = code
    this.#offer = null
    this.#failure = null
  }

  #failureAt(place: Place): string | null {
    return this.#failure?.at === place ? this.#failure.text : null
  }

  #renderRelay(view: AppView): Child[] {
    const earlier = view.setup.kind === 'failed' ? view.setup.message : null
    const url = this.#url ?? view.relay?.url ?? ''
    return [
      routePicture(),
      title('Use your models from anywhere'),
      h(
        'p.lead',
        {},
        'A relay on the internet passes requests on to the models on this computer. No port is opened here. Which relay do you want to use?',
      ),
      h(
        'form.form',
        { novalidate: true, onsubmit: (event) => this.#look(event, url) },
        textField({
          id: 'relay-url',
          label: 'Address of the relay',
          hint: 'From whoever runs it; it may be you. Paste it as you got it.',
          type: 'url',
          value: url,
          placeholder: 'https://relay.example.com',
          isFocused: true,
          error: this.#failureAt('relay') ?? earlier,
          onInput: (text) => (this.#url = text),
        }),
        h('div.row', {}, submitButton('Continue', this.#shell.isBusy('look'))),
      ),
    ]
  }

  #look(event: Event, shown: string): void {
    event.preventDefault()
    const url = (this.#url ?? shown).trim()
    if (url === '') return this.#fail('relay', 'Enter the address of a relay.')
    this.#shell.run('look', async () => {
      const answer = await this.#shell.request('relay.look', { url })
      this.#fail('relay', answer.ok ? null : answer.error.message)
      if (answer.ok) this.#offer = answer.result
    })
  }

  #renderJoin(offer: RelayOfferView, setup: SetupView): Child[] {
    const { url, pairing, issuer, warning } = offer
    const isLinked = setup.kind === 'needed' && setup.suggestion !== null
    return [
      title('Make this device yours'),
      h('p.lead', {}, 'The relay at ', h('code', {}, url), ' has answered. Show it that you may use it.'),
      warning === null ? null : message('warning', null, warning),
      isLinked
        ? message('info', null, 'Filled in from a link. Go on only if you trust whoever sent it.')
        : null,
      pairing ? this.#renderPairing(offer) : null,
      pairing && issuer !== null ? h('p.or', {}, 'or') : null,
      issuer === null ? null : this.#renderSignIn(offer, issuer, setup),
      pairing || issuer !== null
        ? null
        : message('error', null, 'This relay offers no way for a device to join. Ask whoever runs it.'),
      h('div.row', {}, button('Use another relay', { kind: 'quiet', onPress: () => this.#back() })),
    ]
  }

  #renderPairing({ url }: RelayOfferView): Child {
    return h(
      'form.form.card',
      { novalidate: true, onsubmit: (event) => this.#pair(event, url) },
      h('h2', {}, 'With a code'),
      textField({
        id: 'pairing-code',
        label: 'One-time code',
        hint: 'The relay prints it when it starts. Ask whoever runs the relay for one; it works once.',
        value: this.#code,
        isFocused: true,
        error: this.#failureAt('code'),
        onInput: (text) => (this.#code = text),
      }),
      h('div.row', {}, submitButton('Pair this device', this.#shell.isBusy('pair'))),
    )
  }

  #pair(event: Event, url: string): void {
    event.preventDefault()
    const code = this.#code.trim()
    if (code === '') return this.#fail('code', 'Enter the code.')
    this.#shell.run('pair', async () => {
      const answer = await this.#shell.request('relay.pair', { url, code })
      if (answer.ok) this.#code = ''
      this.#fail('code', answer.ok ? null : answer.error.message)
    })
  }

  #renderSignIn({ url, name, pairing, audience }: RelayOfferView, issuer: string, setup: SetupView): Child {
    const failure = setup.kind === 'failed' ? setup.message : this.#failureAt('account')
    const signIn = (): void =>
      this.#shell.run('sign in', async () => {
        const answer = await this.#shell.request('signIn.start', { url, audience })
        this.#fail('account', answer.ok ? null : answer.error.message)
      })
    return h(
      'section.card',
      {},
      h('h2', {}, 'With your account'),
      h('p.muted', {}, `Opens ${issuer} in your browser. Your password is never seen by this app.`),
      audience === null
        ? null
        : message(
            'warning',
            null,
            `${name} asks for access to “${audience}”, which is not its own address. Sign in only if you trust it with that.`,
          ),
      failure === null ? null : message('error', null, failure),
      h(
        'div.row',
        {},
        button(`Sign in with ${issuer}`, {
          kind: pairing ? 'plain' : 'primary',
          icon: 'browser',
          isBusy: this.#shell.isBusy('sign in'),
          onPress: signIn,
        }),
      ),
    )
  }

  #renderBrowser(issuer: string): Child[] {
    return [
      title('Sign in, in your browser'),
      h(
        'p.lead',
        {},
        `A page of ${issuer} is open there. When you are done, come back: this window goes on by itself.`,
      ),
      h(
        'div.waiting',
        { role: 'status' },
        h('span.spinner', { 'aria-hidden': true }),
        'Waiting for you to sign in',
      ),
      h(
        'div.row',
        {},
        button('Cancel', {
          isBusy: this.#shell.isBusy('cancel'),
          onPress: () => this.#shell.run('cancel', () => this.#shell.ask('signIn.cancel')),
        }),
      ),
    ]
  }

  #renderWorks(view: AppView): Child[] {
    const { connection, upstream, endpoint } = view
    const isOnline = connection.kind === 'online'
    if (!isOnline || endpoint === null)
      return [connectionHero(this.#shell, connection, 0), this.#renderEnd(false)]
    const shell = this.#shell
    return [
      title(this.#chat.hasAnswer ? 'It works' : 'You are online'),
      h(
        'p.lead',
        {},
        this.#chat.hasAnswer
          ? 'Your model has answered through the relay.'
          : 'Now one short chat through the relay and back.',
      ),
      upstream.kind === 'up' ? null : message('warning', upstream.title, upstream.detail),
      h(
        'div.stack',
        {},
        this.#chat.renderResult(),
        h('div.row', {}, this.#chat.renderButton(upstream.kind === 'up')),
      ),
      h(
        'section.card',
        {},
        h('h2', {}, 'For your clients'),
        copyLine(
          'Address',
          endpoint.url,
          copyButton(shell, 'url', 'Copy address', () => shell.ask('endpoint.copy', 'url')),
        ),
        copyLine(
          'Key',
          '••••••••••••••••',
          copyButton(shell, 'key', 'Copy key', () => shell.ask('endpoint.copy', 'key')),
        ),
      ),
      this.#renderEnd(true),
    ]
  }

  #renderEnd(isDone: boolean): Child {
    return h(
      'div.row',
      { key: 'end' },
      button(isDone ? 'Done' : 'Continue without waiting', {
        kind: isDone ? 'primary' : 'quiet',
        onPress: () => this.#finish(),
      }),
    )
  }

  #finish(): void {
    this.#isUnderWay = false
    this.#offer = null
    this.#shell.show('status')
  }

  #back(): void {
    this.#offer = null
    this.#failure = null
    this.#shell.redraw()
  }

  #fail(at: Place, text: string | null): void {
    this.#failure = text === null ? null : { at, text }
    this.#shell.redraw()
  }
}

function routePicture(): Child {
  const stops = [
    ['phone', 'Your clients'],
    ['relay', 'Relay'],
    ['computer', 'This computer'],
  ] as const
  return h(
    'ol.route',
    { 'aria-label': 'The way of a request' },
    ...stops.map(([name, text]) => h('li', {}, h('span.route-stop', {}, icon(name)), text)),
  )
}

/** A new step begins here, for those who hear it too. */
function title(text: string): Child {
  return h(
    'h1',
    {
      key: text,
      tabindex: -1,
      mounted: (heading) => document.activeElement === document.body && heading.focus(),
    },
    text,
  )
}

function stepList(current: number): Child {
  return h(
    'ol.steps',
    { 'aria-label': 'Steps' },
    ...STEPS.map((name, index) =>
      h(
        `li.step`,
        {
          class: `step${index < current ? ' past' : ''}`,
          'aria-current': index === current ? 'step' : undefined,
        },
        h('span.step-number', { 'aria-hidden': true }, index < current ? icon('done') : String(index + 1)),
        name,
      ),
    ),
  )
}
