import { h, type Child } from '../dom.ts'
import type { ActionView } from '../../shared/ipc/view.ts'
import type { Answer } from '../../shared/ipc/contract.ts'
import type { Shell } from '../shell.ts'
import { icon, type IconName } from './icon.ts'

interface ButtonOptions {
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly icon?: IconName
  readonly isBusy?: boolean
  readonly isDisabled?: boolean
  /** Where the words on the button do not tell it from others. */
  readonly label?: string
  readonly onPress: (event: Event) => void
}

export function button(text: string, options: ButtonOptions): Child {
  const { kind = 'plain', isBusy = false, isDisabled = false, onPress } = options
  // Not `disabled` while busy: that would take the focus away.
  return h(
    `button.button.${kind}`,
    {
      type: 'button',
      onclick: (event) => isBusy || onPress(event),
      disabled: isDisabled,
      'aria-label': options.label,
      'aria-disabled': isBusy ? true : undefined,
    },
    face(isBusy, options.icon),
    text,
  )
}

/** Sends the form that it is in. */
export function submitButton(text: string, isBusy: boolean): Child {
  return h(
    'button.button.primary',
    { type: 'submit', 'aria-disabled': isBusy ? true : undefined },
    face(isBusy),
    text,
  )
}

export function actionButton(shell: Shell, action: ActionView, kind: ButtonOptions['kind'] = 'plain'): Child {
  return button(action.label, { kind, isBusy: shell.isBusy(action.id), onPress: () => shell.act(action) })
}

/** @param label says what is copied, where the button's own "Copy" does not */
export function copyButton(
  shell: Shell,
  what: string,
  label: string,
  work: () => Promise<Answer<unknown>>,
  text = 'Copy',
): Child {
  const isCopied = shell.hasCopied(what)
  return button(isCopied ? 'Copied' : text, {
    icon: isCopied ? 'done' : 'copy',
    isBusy: shell.isBusy(`copy ${what}`),
    label: isCopied ? `${label}: copied` : label,
    onPress: () => shell.copy(what, work),
  })
}

function face(isBusy: boolean, name?: IconName): Child {
  if (isBusy) return h('span.spinner', { 'aria-hidden': true })
  return name === undefined ? null : icon(name)
}
