import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { TurnProps } from './answer-turn.tsx'
import { BranchSwitch } from './branch-switch.tsx'
import { Button, CopyButton, IconButton } from './button.tsx'
import { GrowingInput } from './growing-input.tsx'
import { memo } from './memo.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

/** A message of the reader, which can be changed into another branch. */
export const UserTurn = memo<TurnProps>(({ turn, isLast, isRunning }) => {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  const [isEditing, setIsEditing] = useState(false)
  const { id, text, images, branch } = turn
  const submit = (changed: string): void => {
    setIsEditing(false)
    if (changed.trim() !== '' && changed !== text) actions.edit(id, changed)
  }
  return (
    <article class="turn user" data-last={isLast}>
      <h2 class="hidden">{t('you')}</h2>
      {images.length > 0 && (
        <div class="turn-pictures">
          {images.map((image) => (
            <button
              key={image.id}
              class="turn-picture"
              type="button"
              aria-label={t('openPicture')}
              onClick={() => open({ kind: 'picture', url: image.url })}
            >
              <img src={image.url} alt="" />
            </button>
          ))}
        </div>
      )}
      {isEditing && <EditForm text={text} onSubmit={submit} onCancel={() => setIsEditing(false)} />}
      {!isEditing && text !== '' && (
        <p class="bubble" dir="auto">
          {text}
        </p>
      )}
      {!isEditing && (
        <div class="turn-actions">
          <BranchSwitch turnId={id} branch={branch} isDisabled={isRunning} />
          {text !== '' && <CopyButton text={text} label={t('copyMessage')} />}
          <IconButton
            icon="edit"
            label={t('editMessage')}
            isDisabled={isRunning}
            onPress={() => setIsEditing(true)}
          />
        </div>
      )}
    </article>
  )
})

interface EditFormProps {
  readonly text: string
  readonly onSubmit: (text: string) => void
  readonly onCancel: () => void
}

function EditForm({ text, onSubmit, onCancel }: EditFormProps) {
  const { t } = useWords()
  const [changed, setChanged] = useState(text)
  const ref = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    ref.current?.focus()
    ref.current?.setSelectionRange(text.length, text.length)
  }, [text])
  return (
    <form
      class="edit-form"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit(changed)
      }}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
    >
      <GrowingInput
        inputRef={ref}
        label={t('editMessage')}
        value={changed}
        onInput={setChanged}
        onSubmit={() => onSubmit(changed)}
      />
      <div class="row end">
        <Button kind="quiet" onPress={onCancel}>
          {t('cancel')}
        </Button>
        <Button kind="primary" type="submit" isDisabled={changed.trim() === ''}>
          {t('sendEdited')}
        </Button>
      </div>
    </form>
  )
}
