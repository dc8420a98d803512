import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Answer } from '../../shared/ipc/contract.ts'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'
import { Button } from './button.tsx'
import { Message } from './card.tsx'
import { Dialog } from './dialog.tsx'

interface ConfirmDialogProps {
  readonly title: ComponentChildren
  readonly texts: readonly string[]
  readonly button: string
  /** For screen readers, once it is done. */
  readonly announcement: string
  readonly onConfirm: () => Promise<Answer<unknown>>
  readonly onClose: () => void
}

/** Asks for confirmation before an action that cannot be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, texts, button, announcement, onConfirm, onClose } = props
  const { t } = useWords()
  const shell = useShell()
  const [error, setError] = useState<string | null>(null)
  const confirm = (): void =>
    shell.run('confirm', async () => {
      const answer = await onConfirm()
      if (!answer.ok) return setError(answer.error.message)
      onClose()
      shell.announce(announcement)
    })
  return (
    <Dialog title={title} onClose={onClose}>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {error !== null && <Message kind="error" text={error} />}
      <div class="dialog-actions">
        <Button onPress={onClose}>{t('button.cancel')}</Button>
        <Button kind="danger" isBusy={shell.isBusy('confirm')} onPress={confirm}>
          {button}
        </Button>
      </div>
    </Dialog>
  )
}
