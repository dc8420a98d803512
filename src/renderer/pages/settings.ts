import type { Answer } from '../../shared/ipc/contract.ts'
import type { AppView, EditableSettings, FoundUpstreamView, SettingsView } from '../../shared/ipc/view.ts'
import { h, type Child } from '../dom.ts'
import { toCount } from '../format.ts'
import type { Shell } from '../shell.ts'
import { button } from '../parts/button.ts'
import { card, message, pageHead } from '../parts/card.ts'
import { closeDialog, dialog } from '../parts/dialog.ts'
import { checkField, choiceField, textField } from '../parts/field.ts'
import { scopesField } from '../parts/scopes.ts'

type Entered = EditableSettings & { readonly launchAtLogin: boolean | null }
type Name = keyof Entered

const MANAGED = 'Managed by your organisation.'

const CHOICES = {
  theme: [
    ['system', 'As the system'],
    ['light', 'Light'],
    ['dark', 'Dark'],
  ],
  trayStyle: [
    ['auto', 'Visible on any panel'],
    ['light', 'Light, for dark panels'],
    ['dark', 'Dark, for light panels'],
    ['hidden', 'No icon'],
  ],
  updateMode: [
    ['auto', 'Install by itself'],
    ['notify', 'Tell me first'],
    ['off', 'Only when I ask'],
  ],
  updateChannel: [
    ['latest', 'Stable'],
    ['beta', 'Beta: earlier, less tried'],
  ],
} as const

/** What the user can choose. Each change is saved at once; one that is refused stays in its field, with the reason. */
export class SettingsPage {
  readonly #shell: Shell
  /** What was entered and is in no snapshot yet: on its way, refused, or just saved. */
  readonly #drafts: { -readonly [Each in Name]?: Entered[Each] } = {}
  /** Drafts that are saved, and the last snapshot without them. */
  readonly #savedAfter = new Map<Name, SettingsView>()
  #shown: SettingsView | null = null
  readonly #errors = new Map<Name, string>()
  #found: readonly FoundUpstreamView[] | null = null
  #isOwnUpstream = false
  #keyError: string | null = null
  #saved: string | null = null
  #isLeaving = false

  constructor(shell: Shell) {
    this.#shell = shell
  }

  render({ settings, relay }: AppView): Child[] {
    this.#forgetDrafts(settings)
    const { launchAtLogin = settings.launchAtLogin, ...drafts } = this.#drafts
    const view = { ...settings, launchAtLogin, values: { ...settings.values, ...drafts } }
    return [
      pageHead('Settings', 'Changes are saved at once.'),
      this.#renderUpstream(view),
      this.#renderDevice(view),
      this.#renderApp(view),
      this.#renderUpdates(view),
      this.#renderFile(),
      relay === null ? null : this.#renderAccount(relay.account),
      this.#isLeaving ? this.#renderQuestion() : null,
    ]
  }

  #renderUpstream(view: SettingsView): Child {
    const { upstream } = view.values
    const isOwn = upstream !== null || this.#isOwnUpstream
    const { hint, ...common } = this.#common(view, 'upstream')
    const choose = (isOwn: boolean): void => {
      this.#isOwnUpstream = isOwn
      if (!isOwn) this.#patch('upstream', null)
      this.#shell.redraw()
    }
    return card(
      'Model server',
      h(
        'fieldset',
        {},
        h('legend.hidden', {}, 'Which model server'),
        checkField({
          ...common,
          id: 'upstream-auto',
          error: null,
          kind: 'radio',
          group: 'upstream',
          label: 'Find it',
          hint: hint ?? 'Ollama, LM Studio, llama.cpp or vLLM on this computer.',
          isOn: !isOwn,
          onSet: () => choose(false),
        }),
        checkField({
          ...common,
          id: 'upstream-own',
          error: null,
          kind: 'radio',
          group: 'upstream',
          label: 'Use this address',
          isOn: isOwn,
          onSet: () => choose(true),
        }),
      ),
      isOwn
        ? textField({
            ...common,
            id: 'upstream',
            label: 'Address of the model server',
            type: 'url',
            value: upstream ?? '',
            placeholder: 'http://127.0.0.1:11434',
            onCommit: (url) => this.#patch('upstream', url.trim() === '' ? null : url.trim()),
          })
        : null,
      this.#renderFound(common.isDisabled),
      this.#renderKey(common.isDisabled),
    )
  }

  /** It is never shown again. */
  #renderKey(isDisabled: boolean): Child {
    return textField({
      id: 'upstream-key',
      label: 'API key of the model server',
      hint: 'Only where it wants one. It is kept in the keychain and sent to this server only.',
      type: 'password',
      value: '',
      isDisabled,
      error: this.#keyError,
      onCommit: (key) => this.#setKey(key.trim()),
    })
  }

  #setKey(key: string): void {
    if (key === '') return
    this.#shell.run('upstreamKey', async () => {
      const answer = await this.#shell.ask('upstream.setKey', { key })
      this.#keyError = answer.ok ? null : answer.error.message
    })
  }

  #renderFound(isDisabled: boolean): Child {
    const found = this.#found
    return h(
      'div.stack',
      {},
      h(
        'div.row',
        {},
        button('Look for servers', {
          isBusy: this.#shell.isBusy('detect'),
          isDisabled,
          onPress: () => this.#detect(),
        }),
      ),
      found === null
        ? null
        : h(
            'p.muted',
            { role: 'status' },
            found.length === 0
              ? 'No model server answers on this computer.'
              : `Found ${toCount(found.length, 'server')}.`,
          ),
      h('ul.list', {}, ...(found ?? []).map((server) => this.#renderServer(server))),
    )
  }

  #renderServer({ baseUrl, name, models }: FoundUpstreamView): Child {
    return h(
      'li.found',
      { key: baseUrl },
      h('div', {}, h('strong', {}, name), h('p.muted', {}, `${baseUrl}, ${toCount(models.length, 'model')}`)),
      button('Use', { label: `Use ${name} at ${baseUrl}`, onPress: () => this.#patch('upstream', baseUrl) }),
    )
  }

  #detect(): void {
    this.#shell.run('detect', async () => {
      const answer = await this.#shell.ask('upstream.detect')
      if (answer.ok) this.#found = answer.result
    })
  }

  #renderDevice(view: SettingsView): Child {
    const { deviceName, maxConcurrent, ownerScopes } = view.values
    const scopes = this.#common(view, 'ownerScopes')
    return card(
      'This device',
      textField({
        ...this.#common(view, 'deviceName'),
        label: 'Name',
        value: deviceName,
        onCommit: (name) => this.#patch('deviceName', name),
      }),
      textField({
        ...this.#common(view, 'maxConcurrent'),
        label: 'Requests at once',
        type: 'number',
        value: String(maxConcurrent),
        onCommit: (text) => this.#patch('maxConcurrent', Number(text)),
      }),
      scopesField({
        id: 'ownerScopes',
        legend: 'What you may do without a key, signed in at the relay',
        scopes: ownerScopes,
        isDisabled: scopes.isDisabled,
        onChange: (chosen) => this.#patch('ownerScopes', chosen),
      }),
      h('p.hint', {}, scopes.hint ?? ''),
      h('p.field-error', { role: 'alert' }, scopes.error ?? ''),
    )
  }

  #renderApp(view: SettingsView): Child {
    const { launchAtLogin, hasTray } = view
    const atLogin = this.#common(
      view,
      'launchAtLogin',
      launchAtLogin === null ? 'This system does not let the app set this.' : null,
    )
    const minimized = this.#common(
      view,
      'startMinimized',
      hasTray ? 'The icon in the tray opens it.' : 'Not possible here: this desktop shows no tray icons.',
    )
    return card(
      'App',
      checkField({
        ...atLogin,
        kind: 'switch',
        label: 'Start when I sign in to this computer',
        isDisabled: atLogin.isDisabled || launchAtLogin === null,
        isOn: launchAtLogin ?? false,
        onSet: (on) =>
          this.#save('launchAtLogin', on, () => this.#shell.request('settings.setLaunchAtLogin', { on })),
      }),
      checkField({
        ...minimized,
        kind: 'switch',
        label: 'Start without a window',
        isDisabled: minimized.isDisabled || !hasTray,
        isOn: view.values.startMinimized,
        onSet: (on) => this.#patch('startMinimized', on),
      }),
      this.#choice(view, 'theme', 'Colours'),
      this.#choice(view, 'trayStyle', 'Tray icon'),
    )
  }

  #renderUpdates(view: SettingsView): Child {
    return card(
      'Updates',
      this.#choice(view, 'updateMode', 'New versions'),
      this.#choice(view, 'updateChannel', 'Which versions'),
      checkField({
        ...this.#common(
          view,
          'allowPrivilegedUpdates',
          'Only where the app was installed as a system package. It asks for the administrator’s password each time.',
        ),
        kind: 'switch',
        label: 'Let the app update its system package',
        isOn: view.values.allowPrivilegedUpdates,
        onSet: (on) => this.#patch('allowPrivilegedUpdates', on),
      }),
    )
  }

  #choice(view: SettingsView, name: keyof typeof CHOICES, label: string): Child {
    const choices: readonly (readonly [string, string])[] = CHOICES[name]
    const onChoose = (value: string): void => this.#patch(name, value as EditableSettings[typeof name])
    return choiceField({ ...this.#common(view, name), label, value: view.values[name], choices, onChoose })
  }

  #common({ locked }: SettingsView, name: Name, hint: string | null = null) {
    const isLocked = locked.includes(name)
    return {
      id: name,
      hint: isLocked ? MANAGED : hint,
      error: this.#errors.get(name) ?? null,
      isDisabled: isLocked,
    }
  }

  #patch<Each extends keyof EditableSettings>(name: Each, value: Entered[Each]): void {
    this.#save(name, value, () => this.#shell.request('settings.patch', { [name]: value }))
  }

  #save<Each extends Name>(name: Each, value: Entered[Each], send: () => Promise<Answer<void>>): void {
    this.#drafts[name] = value
    this.#savedAfter.delete(name)
    this.#shell.run(`save ${name} ${JSON.stringify(value)}`, async () => {
      const answer = await send()
      // Somebody has gone on: that is judged by its own answer.
      if (this.#drafts[name] !== value) return
      if (answer.ok && this.#shown !== null) this.#savedAfter.set(name, this.#shown)
      // What was typed can be mended; a switch shows what is so.
      if (!answer.ok && (typeof value === 'boolean' || Array.isArray(value))) delete this.#drafts[name]
      if (answer.ok) this.#errors.delete(name)
      else this.#errors.set(name, answer.error.message)
      this.#shell.announce(answer.ok ? 'Saved' : '')
    })
  }

  #forgetDrafts(settings: SettingsView): void {
    this.#shown = settings
    for (const [name, before] of this.#savedAfter) {
      if (before === settings) continue
      delete this.#drafts[name]
      this.#savedAfter.delete(name)
    }
  }

  #renderFile(): Child {
    const move = (name: 'settings.export' | 'settings.import', verb: string) => () =>
      this.#shell.run(name, async () => {
        const answer = await this.#shell.ask(name)
        if (answer.ok) this.#saved = answer.result.path === null ? null : `${verb} ${answer.result.path}`
      })
    return card(
      'Move to another computer',
      h('p.muted', {}, 'A file with these settings. Keys and the sign-in are not in it.'),
      h(
        'div.row',
        {},
        button('Export…', {
          label: 'Export settings',
          isBusy: this.#shell.isBusy('settings.export'),
          onPress: move('settings.export', 'Saved as'),
        }),
        button('Import…', {
          label: 'Import settings',
          isBusy: this.#shell.isBusy('settings.import'),
          onPress: move('settings.import', 'Taken from'),
        }),
      ),
      this.#saved === null ? null : h('p.muted', { role: 'status' }, this.#saved),
    )
  }

  #renderAccount(account: string): Child {
    return card(
      'Account',
      h(
        'div.row.spread',
        {},
        h('p', {}, account),
        button('Sign out…', { kind: 'danger', onPress: () => this.#ask(true) }),
      ),
    )
  }

  #ask(isLeaving: boolean): void {
    this.#isLeaving = isLeaving
    this.#shell.redraw()
  }

  #renderQuestion(): Child {
    const signOut = (): void =>
      this.#shell.run('sign out', async () => {
        await this.#shell.ask('signOut')
        this.#isLeaving = false
      })
    return dialog(
      { key: 'sign-out', title: 'Sign out?', onClose: () => this.#ask(false) },
      message(
        'info',
        null,
        'This device leaves the relay, and clients cannot reach your models until it joins again. Your keys and settings stay.',
      ),
      h(
        'div.dialog-actions',
        {},
        button('Stay', { onPress: closeDialog }),
        button('Sign out', { kind: 'danger', isBusy: this.#shell.isBusy('sign out'), onPress: signOut }),
      ),
    )
  }
}
