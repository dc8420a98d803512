import { h, type Child } from '../dom.ts'

interface DialogOptions {
  readonly key: string
  readonly title: string
  /** Escape does nothing: what is shown would be lost. */
  readonly mustAnswer?: boolean
  readonly onClose: () => void
}

/** A question or a form in front of everything else; keeps the focus inside until it is closed. */
export function dialog({ key, title, mustAnswer = false, onClose }: DialogOptions, ...body: Child[]): Child {
  const titleId = `dialog-${key}`
  return h(
    'dialog.dialog',
    {
      key,
      'aria-labelledby': titleId,
      closedby: mustAnswer ? 'none' : 'closerequest',
      onclose: onClose,
      mounted: (element) => element instanceof HTMLDialogElement && element.showModal(),
    },
    h('h2', { id: titleId }, title),
    ...body,
  )
}

/** For a button inside a dialog. */
export function closeDialog(event: Event): void {
  if (event.target instanceof Element) event.target.closest('dialog')?.close()
}
