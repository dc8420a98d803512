import type { AppView, KeyView } from '../../shared/ipc/view.ts'
import { h, type Child } from '../dom.ts'
import { toCount, toDate } from '../format.ts'
import type { Shell } from '../shell.ts'
import { button } from '../parts/button.ts'
import { emptyState, facts, message, pageHead } from '../parts/card.ts'
import { closeDialog, dialog } from '../parts/dialog.ts'
import { SCOPE_WORDS } from '../parts/scopes.ts'
import { KeyForm } from './key-form.ts'

/** Who may come in: made and taken away here. */
export class KeysPage {
  readonly #shell: Shell
  #form: KeyForm | null = null
  #leaving: KeyView | null = null
  #error: string | null = null

  constructor(shell: Shell) {
    this.#shell = shell
  }

  render({ keys, upstream }: AppView): Child[] {
    return [
      pageHead(
        'Keys',
        'One for each client. Each can be taken away without troubling the others.',
        this.#newButton(),
      ),
      keys.length === 0
        ? emptyState('keys', 'No keys', 'A client needs a key to use your models.')
        : h('ul.list', { key: 'list' }, ...keys.map((key) => this.#renderKey(key))),
      this.#form === null ? null : this.#form.render(upstream.models),
      this.#leaving === null ? null : this.#renderQuestion(this.#leaving),
    ]
  }

  #newButton(): Child {
    return button('New key', { kind: 'primary', icon: 'plus', onPress: () => this.#openForm() })
  }

  #renderKey(key: KeyView): Child {
    const badge = key.isExpired ? h('span.pill.attention', {}, 'Expired') : null
    return h(
      'li.card.key',
      { key: key.id },
      h(
        'div.row.spread',
        {},
        h('h2', {}, key.name, ' ', badge, key.isDefault ? h('span.pill', {}, 'Used for copied lines') : null),
        button('Revoke', { kind: 'quiet', label: `Revoke ${key.name}`, onPress: () => this.#ask(key) }),
      ),
      facts([
        ['May', key.scopes.map((scope) => SCOPE_WORDS[scope].label).join(', ')],
        ['Models', key.models === null ? 'All' : key.models.join(', ')],
        ['Limits', limitsOf(key)],
        ['Made', toDate(key.createdAt)],
        [key.isExpired ? 'Expired' : 'Expires', key.expiresAt === null ? 'Never' : toDate(key.expiresAt)],
      ]),
    )
  }

  #openForm(): void {
    this.#form = new KeyForm(this.#shell, () => {
      this.#form = null
      this.#shell.redraw()
    })
    this.#shell.redraw()
  }

  #ask(key: KeyView | null): void {
    this.#leaving = key
    this.#error = null
    this.#shell.redraw()
  }

  #renderQuestion({ id, name }: KeyView): Child {
    return dialog(
      { key: 'revoke', title: `Revoke “${name}”?`, onClose: () => this.#ask(null) },
      h('p', {}, 'Clients that use it are turned away at once. This cannot be undone.'),
      this.#error === null ? null : message('error', null, this.#error),
      h(
        'div.dialog-actions',
        {},
        button('Keep it', { onPress: closeDialog }),
        button('Revoke key', {
          kind: 'danger',
          isBusy: this.#shell.isBusy('revoke'),
          onPress: () => this.#revoke(id),
        }),
      ),
    )
  }

  #revoke(id: string): void {
    this.#shell.run('revoke', async () => {
      const answer = await this.#shell.request('keys.revoke', { id })
      if (!answer.ok) this.#error = answer.error.message
      else {
        this.#leaving = null
        this.#shell.announce('Key revoked')
      }
    })
  }
}

function limitsOf({ requestsPerMinute, maxConcurrent }: KeyView): string | null {
  const limits = [
    requestsPerMinute === null ? null : `${toCount(requestsPerMinute, 'request')} per minute`,
    maxConcurrent === null ? null : `${maxConcurrent} at once`,
  ].filter((limit) => limit !== null)
  return limits.length === 0 ? null : limits.join(', ')
}
