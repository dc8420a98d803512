import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import type { Access, ChatView, OpenConversation } from '../chat/chat-view.ts'
import { ContextMeter, isAlmostFull } from './context-meter.tsx'
import { MAX_TYPED_CHARS, messageOf, NO_DRAFT, type Draft } from './drafts.ts'
import { GrowingInput } from './growing-input.tsx'
import { Icon } from './icon.tsx'
import { modelLabel } from './model-label.ts'
import { DraftPictures, PictureButton, usePictures } from './pictures/draft-pictures.tsx'
import { PastedTexts } from './pasted-texts.tsx'
import { HAS_KEYBOARD, useChatShell } from './shell.ts'
import type { ChatWords } from '../words/words.ts'
import { useWords } from './words.ts'

interface ComposerProps {
  readonly view: ChatView
  readonly draft: Draft
  readonly inputRef: RefObject<HTMLTextAreaElement | null>
  readonly onChange: (part: Partial<Draft>) => void
}

export function Composer({ view, draft, inputRef, onChange }: ComposerProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { open, access } = view
  const pictures = usePictures(draft.pictures, (change) => onChange({ pictures: change }))
  // At once: later, it would take the focus from where the user has put it.
  useLayoutEffect(() => {
    // On a touch screen, the focus would open the keyboard.
    if (matchMedia(HAS_KEYBOARD).matches) inputRef.current?.focus()
  }, [inputRef, open.id])
  const isBusy = open.isRunning || open.isLoading || pictures.isPreparing
  const canSend = canSendDraft(draft, access, open.model) && !isBusy
  const send = (): void => {
    const blobs = draft.pictures.map(({ blob }) => blob)
    if (!canSend || !actions.send(messageOf(draft), blobs)) return
    pictures.clear()
    onChange(NO_DRAFT)
  }
  const paste = (event: ClipboardEvent): void => {
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (text.length <= MAX_TYPED_CHARS) return pictures.paste(event)
    event.preventDefault()
    onChange({ pastes: [...draft.pastes, text] })
  }
  const label = open.model === null ? '' : modelLabel(open.model)
  return (
    <form
      class="composer"
      aria-label={t('message')}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Notes view={view} draft={draft} problems={pictures.problems} />
      <div class="composer-box" data-dropping={pictures.isDropping}>
        <PastedTexts texts={draft.pastes} onChange={(pastes) => onChange({ pastes })} />
        <DraftPictures
          pictures={draft.pictures}
          isPreparing={pictures.isPreparing}
          onRemove={pictures.remove}
        />
        <GrowingInput
          inputRef={inputRef}
          label={t('message')}
          placeholder={open.model === null ? t('message') : t('messageTo', { model: label })}
          value={draft.text}
          onInput={(text) => onChange({ text })}
          onSubmit={send}
          onPaste={paste}
        />
        <ComposerRow open={open} canSend={canSend} onFiles={pictures.add} />
        {pictures.isDropping && <p class="drop-note">{t('dropPictures')}</p>}
      </div>
      <p class="composer-foot">{t('privacyNote')}</p>
    </form>
  )
}

interface NotesProps extends Pick<ComposerProps, 'view' | 'draft'> {
  readonly problems: readonly string[]
}

/** Problems with images, the model or its context. */
function Notes({ view, draft, problems }: NotesProps) {
  const { t } = useWords()
  const notes = [...problems, ...modelNotes(view, draft.pictures.length > 0, t)]
  const { contextUsed } = view.open
  return (
    <>
      {notes.map((note) => (
        <p key={note} class="composer-note" role="alert">
          {note}
        </p>
      ))}
      {isAlmostFull(contextUsed) && <p class="composer-note warning">{t('contextFull')}</p>}
    </>
  )
}

/** The reasons why the chosen model may not answer. @param hasPictures whether images are attached */
export function modelNotes(
  { access, models, open: { model, turns } }: Pick<ChatView, 'access' | 'models' | 'open'>,
  hasPictures: boolean,
  t: ChatWords['t'],
): string[] {
  if (model === null) return []
  const chosen = models.find(({ name }) => name === model)
  const label = modelLabel(model)
  if (chosen === undefined) return access.kind === 'ready' ? [t('modelMissing', { model: label })] : []
  // Each message is sent with all those before it.
  const sendsPictures = hasPictures || turns.some(({ images }) => images.length > 0)
  return chosen.hasVision === false && sendsPictures ? [t('noVision', { model: label })] : []
}

interface ComposerRowProps {
  readonly open: OpenConversation
  readonly canSend: boolean
  readonly onFiles: (files: readonly File[]) => void
}

function ComposerRow({ open, canSend, onFiles }: ComposerRowProps) {
  return (
    <div class="composer-row">
      <PictureButton onFiles={onFiles} />
      <span class="space" />
      {open.contextUsed !== null && !open.isLoading && <ContextMeter used={open.contextUsed} />}
      <SendButton isRunning={open.isRunning} canSend={canSend} />
    </div>
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
export function canSendDraft(draft: Draft, access: Access, model: string | null): boolean {
  if (model === null || (messageOf(draft).trim() === '' && draft.pictures.length === 0)) return false
  return access.kind !== 'noKey' && access.kind !== 'keyRefused' && access.kind !== 'noModels'
}
