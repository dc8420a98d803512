import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'

interface DialogProps {
  readonly title: ComponentChildren
  /** Escape does nothing: the contents, or the outcome of a request, would be lost. */
  readonly mustAnswer?: boolean
  readonly children: ComponentChildren
  readonly onClose: () => void
}

/**
 * A modal dialog with a question or a form. Traps the focus, and restores it when closed; the page takes it if the button
 * that opened the dialog is gone, such as that of a revoked key.
 */
export function Dialog({ title, mustAnswer = false, children, onClose }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => {
      dialog?.close()
      const isLost = document.activeElement === document.body || dialog?.contains(document.activeElement)
      if (isLost) document.querySelector('main')?.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby={titleId}
      closedby={mustAnswer ? 'none' : 'closerequest'}
      // The event arrives late: ignore it for a dialog that has been removed.
      onClose={({ currentTarget }) => currentTarget.isConnected && onClose()}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  )
}
