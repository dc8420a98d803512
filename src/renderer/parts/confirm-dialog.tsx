import type { ComponentChildren } from 'preact'
import type { Answer } from '../../shared/ipc/contract.ts'
import { useDialogTask } from '../dialog-task.ts'
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
  const { isBusy, run, error } = useDialogTask()
  const confirm = (): void =>
    run(async () => {
      const answer = await onConfirm()
      if (!answer.ok) return answer.error.message
      onClose()
      shell.announce(announcement)
      return null
    })
  return (
    <Dialog title={title} mustAnswer={isBusy} onClose={onClose}>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {error !== null && <Message kind="error" text={error} />}
      <div class="dialog-actions">
        <Button isDisabled={isBusy} onPress={onClose}>
          {t('button.cancel')}
        </Button>
        <Button kind="danger" isBusy={isBusy} onPress={confirm}>
          {button}
        </Button>
      </div>
    </Dialog>
  )
}
