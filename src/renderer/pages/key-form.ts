import type { PayloadOf } from '../../shared/ipc/contract.ts'
import type { Scope } from '../../shared/routes.ts'
import { h, type Child } from '../dom.ts'
import { toCount } from '../format.ts'
import type { Shell } from '../shell.ts'
import { button, copyButton, submitButton } from '../parts/button.ts'
import { message } from '../parts/card.ts'
import { closeDialog, dialog } from '../parts/dialog.ts'
import { checkField, choiceField, textField } from '../parts/field.ts'
import { scopesField } from '../parts/scopes.ts'

const TASK = 'create key'

const EXPIRIES = [
  ['', 'Never'],
  ['7', 'In 7 days'],
  ['30', 'In 30 days'],
  ['90', 'In 90 days'],
  ['365', 'In a year'],
] as const

type Expiry = (typeof EXPIRIES)[number][0]

/** A key in the making, and its text for the one time that it is shown. */
export class KeyForm {
  readonly #shell: Shell
  readonly #onClose: () => void
  #name = ''
  #scopes: readonly Scope[] = ['inference', 'read']
  /** `null` = all. */
  #models: readonly string[] | null = null
  #expiry: Expiry = ''
  #requestsPerMinute = ''
  #maxConcurrent = ''
  #error: string | null = null
  #key: string | null = null

  constructor(shell: Shell, onClose: () => void) {
    this.#shell = shell
    this.#onClose = onClose
  }

  render(models: readonly string[]): Child {
    return this.#key === null ? this.#renderForm(models) : this.#renderKey(this.#key)
  }

  #renderForm(models: readonly string[]): Child {
    return dialog(
      { key: 'new-key', title: 'New key', onClose: this.#onClose },
      h(
        'form.form',
        { novalidate: true, onsubmit: (event) => this.#submit(event) },
        textField({
          id: 'key-name',
          label: 'Name',
          hint: 'For you, to tell your keys apart: one for each client.',
          value: this.#name,
          placeholder: 'Phone',
          isFocused: true,
          maxLength: 100,
          onInput: (name) => (this.#name = name),
        }),
        scopesField({
          id: 'key-scope',
          legend: 'What it may do',
          scopes: this.#scopes,
          onChange: (scopes) => this.#set(() => (this.#scopes = scopes)),
        }),
        this.#renderModels(models),
        choiceField<Expiry>({
          id: 'key-expiry',
          label: 'Stops working',
          value: this.#expiry,
          choices: EXPIRIES,
          onChoose: (expiry) => this.#set(() => (this.#expiry = expiry)),
        }),
        this.#renderLimits(),
        this.#error === null ? null : message('error', null, this.#error),
        h(
          'div.dialog-actions',
          {},
          button('Cancel', { onPress: closeDialog }),
          submitButton('Create key', this.#shell.isBusy(TASK)),
        ),
      ),
    )
  }

  #renderModels(models: readonly string[]): Child {
    const chosen = this.#models
    // One that has gone since it was chosen stays in sight.
    const offered = [...new Set([...models, ...(chosen ?? [])])]
    return h(
      'fieldset',
      {},
      h('legend', {}, 'Which models'),
      checkField({
        id: 'key-models-all',
        kind: 'radio',
        group: 'key-models',
        label: 'All, new ones too',
        isOn: chosen === null,
        onSet: () => this.#set(() => (this.#models = null)),
      }),
      checkField({
        id: 'key-models-chosen',
        kind: 'radio',
        group: 'key-models',
        label: chosen === null ? 'Only some' : `Only some: ${toCount(chosen.length, 'model')} chosen`,
        hint: offered.length === 0 ? 'There are no models to choose from at the moment.' : null,
        isOn: chosen !== null,
        isDisabled: offered.length === 0,
        onSet: () => this.#set(() => (this.#models = [])),
      }),
      chosen === null
        ? null
        : h(
            'div.choices',
            { role: 'group', 'aria-label': 'Models' },
            ...offered.map((model) => this.#renderModel(model, chosen)),
          ),
    )
  }

  #renderModel(model: string, chosen: readonly string[]): Child {
    const others = chosen.filter((each) => each !== model)
    return h(
      'div',
      { key: model },
      checkField({
        id: `key-model-${model}`,
        label: model,
        isOn: chosen.includes(model),
        onSet: (isOn) => this.#set(() => (this.#models = isOn ? [...others, model] : others)),
      }),
    )
  }

  #renderLimits(): Child {
    return h(
      'details',
      {},
      h('summary', {}, 'Limits'),
      h(
        'div.columns',
        {},
        textField({
          id: 'key-rate',
          label: 'Requests per minute',
          type: 'number',
          value: this.#requestsPerMinute,
          placeholder: 'No limit',
          onInput: (text) => (this.#requestsPerMinute = text),
        }),
        textField({
          id: 'key-concurrent',
          label: 'Requests at once',
          type: 'number',
          value: this.#maxConcurrent,
          placeholder: 'No limit',
          onInput: (text) => (this.#maxConcurrent = text),
        }),
      ),
    )
  }

  #renderKey(key: string): Child {
    return dialog(
      { key: 'key-text', title: 'Your new key', mustAnswer: true, onClose: this.#onClose },
      message('warning', null, 'This is the only time that you can see it. Save it where you need it.'),
      h('code.secret', { 'aria-label': 'Key' }, key),
      h(
        'div.dialog-actions',
        {},
        copyButton(
          this.#shell,
          'new key',
          'Copy key',
          () => this.#shell.ask('text.copy', { text: key }),
          'Copy key',
        ),
        button('I have saved it', { kind: 'primary', onPress: closeDialog }),
      ),
    )
  }

  #set(change: () => void): void {
    change()
    this.#shell.redraw()
  }

  #submit(event: Event): void {
    event.preventDefault()
    this.#error = this.#mistake()
    if (this.#error !== null) return this.#shell.redraw()
    this.#shell.run(TASK, async () => {
      const answer = await this.#shell.request('keys.create', this.#toRequest())
      if (answer.ok) this.#key = answer.result.key
      else this.#error = answer.error.message
    })
  }

  #mistake(): string | null {
    if (this.#name.trim() === '') return 'Give the key a name.'
    if (this.#scopes.length === 0) return 'Choose at least one thing that the key may do.'
    return this.#models?.length === 0 ? 'Choose at least one model, or all of them.' : null
  }

  #toRequest(): PayloadOf<'keys.create'> {
    return {
      name: this.#name.trim(),
      scopes: this.#scopes,
      models: this.#models,
      expiresInDays: numberOrNull(this.#expiry),
      requestsPerMinute: numberOrNull(this.#requestsPerMinute),
      maxConcurrent: numberOrNull(this.#maxConcurrent),
    }
  }
}

function numberOrNull(text: string): number | null {
  return text === '' ? null : Number(text)
}
