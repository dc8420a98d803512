import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Button, IconButton } from './button.tsx'
import { useWords } from './words.ts'

interface SheetDialogProps {
  readonly title: string
  /** A sheet comes from below on a phone; a drawer from the side. */
  readonly kind?: 'sheet' | 'drawer' | 'viewer'
  readonly children: ComponentChildren
  readonly onClose: () => void
}

/** A modal dialog. Traps the focus, and restores it when closed. */
export function SheetDialog({ title, kind = 'sheet', children, onClose }: SheetDialogProps) {
  const { t } = useWords()
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      class={`dialog ${kind}`}
      aria-labelledby={titleId}
      // The event arrives late: ignore it for a dialog that has been removed.
      onClose={({ currentTarget }) => currentTarget.isConnected && onClose()}
      // A click outside.
      onClick={({ target, currentTarget }) => target === currentTarget && currentTarget.close()}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <IconButton icon="close" label={t('close')} onPress={() => ref.current?.close()} />
        </div>
        {children}
      </div>
    </dialog>
  )
}

interface QuestionProps {
  readonly title: string
  readonly note: ComponentChildren
  readonly confirm: string
  readonly children?: ComponentChildren
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks for confirmation before an action that cannot be undone. */
export function Question({ title, note, confirm, children, onConfirm, onClose }: QuestionProps) {
  const { t } = useWords()
  return (
    <SheetDialog title={title} onClose={onClose}>
      <p>{note}</p>
      {children}
      <div class="row end">
        <Button onPress={onClose}>{t('cancel')}</Button>
        <Button
          kind="danger"
          onPress={() => {
            onConfirm()
            onClose()
          }}
        >
          {confirm}
        </Button>
      </div>
    </SheetDialog>
  )
}
