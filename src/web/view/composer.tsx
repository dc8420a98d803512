import { useEffect, useRef } from 'preact/hooks'
import type { Access, ChatView } from '../chat/chat-view.ts'
import { ContextMeter } from './context-meter.tsx'
import { GrowingInput } from './growing-input.tsx'
import { Icon } from './icon.tsx'
import { DraftPictures, PictureButton, usePictures, type DraftPicture } from './pictures/draft-pictures.tsx'
import { HAS_KEYBOARD, useChatShell } from './shell.ts'
import { useWords } from './words.ts'

/** A message that has not been sent. */
export interface Draft {
  readonly text: string
  readonly pictures: readonly DraftPicture[]
}

export const NO_DRAFT: Draft = { text: '', pictures: [] }

interface ComposerProps {
  readonly view: ChatView
  readonly draft: Draft
  readonly onChange: (part: Partial<Draft>) => void
}

export function Composer({ view, draft, onChange }: ComposerProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { open, models, access } = view
  const inputRef = useRef<HTMLTextAreaElement>(null)
  const pictures = usePictures(draft.pictures, (change) => onChange({ pictures: change }))
  useEffect(() => {
    // On a touch screen, the focus would open the keyboard.
    if (matchMedia(HAS_KEYBOARD).matches) inputRef.current?.focus()
  }, [open.id])
  const canSend = canSendDraft(draft, access, open.model) && !open.isRunning
  const send = (): void => {
    if (!canSend) return
    actions.send(
      draft.text,
      draft.pictures.map(({ blob }) => blob),
    )
    onChange(NO_DRAFT)
  }
  const isBlind = models.find(({ name }) => name === open.model)?.hasVision === false
  const notes = [
    ...(pictures.problem === null ? [] : [pictures.problem]),
    ...(isBlind && draft.pictures.length > 0 ? [t('noVision', { model: open.model ?? '' })] : []),
  ]
  return (
    <form
      class="composer"
      aria-label={t('message')}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {notes.map((note) => (
        <p key={note} class="composer-note" role="alert">
          {note}
        </p>
      ))}
      <div class="composer-box" data-dropping={pictures.isDropping}>
        <DraftPictures pictures={draft.pictures} onRemove={pictures.remove} />
        <GrowingInput
          inputRef={inputRef}
          label={t('message')}
          placeholder={open.model === null ? t('message') : t('messageTo', { model: open.model })}
          value={draft.text}
          onInput={(text) => onChange({ text })}
          onSubmit={send}
          onPaste={pictures.paste}
        />
        <div class="composer-row">
          <PictureButton onFiles={pictures.add} />
          <span class="space" />
          {open.contextUsed !== null && !open.isLoading && <ContextMeter used={open.contextUsed} />}
          <SendButton isRunning={open.isRunning} canSend={canSend} />
        </div>
        {pictures.isDropping && <p class="drop-note">{t('dropPictures')}</p>}
      </div>
      <p class="composer-foot">{t('privacyNote')}</p>
    </form>
  )
}

interface SendButtonProps {
  readonly isRunning: boolean
  readonly canSend: boolean
}

/** Stops while an answer is being generated. */
function SendButton({ isRunning, canSend }: SendButtonProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const label = t(isRunning ? 'stop' : 'send')
  return (
    <button
      class="send"
      type={isRunning ? 'button' : 'submit'}
      aria-label={label}
      title={label}
      disabled={!isRunning && !canSend}
      onClick={isRunning ? () => actions.stop() : undefined}
    >
      <Icon name={isRunning ? 'stop' : 'send'} />
    </button>
  )
}

/** Whether a draft can be sent. Without a connection it can: the engine sends it when the connection is back. */
export function canSendDraft({ text, pictures }: Draft, access: Access, model: string | null): boolean {
  if (model === null || (text.trim() === '' && pictures.length === 0)) return false
  return access.kind !== 'noKey' && access.kind !== 'keyRefused' && access.kind !== 'noModels'
}
