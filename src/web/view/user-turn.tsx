import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { TurnProps } from './answer-turn.tsx'
import { BranchSwitch } from './branch-switch.tsx'
import { Button, CopyButton, IconButton } from './button.tsx'
import { MAX_TYPED_CHARS } from './drafts.ts'
import { GrowingInput } from './growing-input.tsx'
import { memo } from './memo.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

const MAX_SHOWN_CHARS = 1_200
const MAX_SHOWN_LINES = 16
const UNFOLD_CHARS = 20_000
/** Fewer characters are not worth a button. */
const MIN_HIDDEN_CHARS = 200

/** A message of the reader, which can be changed into another branch. */
export const UserTurn = memo<TurnProps>(({ turn, isLast, isRunning }) => {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  const [isEditing, setIsEditing] = useState(false)
  const { id, text, images, branch } = turn
  const submit = (changed: string): void => {
    if (changed.trim() === '' || actions.edit(id, changed)) setIsEditing(false)
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
      {!isEditing && text !== '' && <MessageText text={text} />}
      {!isEditing && (
        <div class="turn-actions">
          <BranchSwitch turnId={id} branch={branch} isDisabled={isRunning} />
          {text !== '' && <CopyButton text={text} label={t('copyMessage')} />}
          {text.length <= MAX_TYPED_CHARS && (
            <IconButton
              icon="edit"
              label={t('editMessage')}
              isDisabled={isRunning}
              onPress={() => setIsEditing(true)}
            />
          )}
        </div>
      )}
    </article>
  )
})

/** A long text is folded, and unfolds in steps, since rendering a whole book would freeze the page. */
function MessageText({ text }: { readonly text: string }) {
  const { t } = useWords()
  const [unfolded, setUnfolded] = useState(0)
  const start = startOf(text)
  const shown = text.slice(0, Math.max(start.length, unfolded))
  const isLong = start.length < text.length
  return (
    <div class="bubble" dir="auto">
      <p>{shown.length < text.length ? `${shown}…` : text}</p>
      {shown.length < text.length && (
        <button class="fold" type="button" onClick={() => setUnfolded(unfolded + UNFOLD_CHARS)}>
          {t('showMore')}
        </button>
      )}
      {isLong && unfolded > 0 && (
        <button class="fold" type="button" onClick={() => setUnfolded(0)}>
          {t('showLess')}
        </button>
      )}
    </div>
  )
}

/** The part of a message that is shown while it is folded: all of it, unless it is much longer. */
export function startOf(text: string): string {
  const lines = text.slice(0, MAX_SHOWN_CHARS).split('\n')
  const start = lines.slice(0, MAX_SHOWN_LINES).join('\n')
  return start.length >= text.length - MIN_HIDDEN_CHARS && lines.length <= MAX_SHOWN_LINES ? text : start
}

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
