import { useRef } from 'preact/hooks'
import type { ChatView } from '../chat/chat-view.ts'
import { Composer } from './composer.tsx'
import { ConnectPage, NoModelsPage } from './connect-page.tsx'
import { messageOf, useDraft } from './drafts.ts'
import { MessageList } from './message-list.tsx'
import { PairPage } from './pair-page.tsx'
import { HAS_KEYBOARD, useChatShell } from './shell.ts'
import { useShortcuts } from './shortcuts.ts'
import { Welcome } from './welcome.tsx'
import { useWords } from './words.ts'

/** The open conversation with its composer, or the page that explains how to connect. */
export function Stage({ view }: { readonly view: ChatView }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { access, open } = view
  const isEmpty = open.turns.length === 0 && !open.isLoading
  const [draft, change] = useDraft(isEmpty ? '' : open.id, open.draft, (id, text) =>
    actions.keepDraft(id, text),
  )
  const inputRef = useRef<HTMLTextAreaElement>(null)
  useShortcuts(open.isRunning, inputRef)
  if (view.pairing !== null) return <PairPage offer={view.pairing} />
  if (isEmpty && (access.kind === 'noKey' || access.kind === 'keyRefused'))
    return <ConnectPage access={access} />
  if (isEmpty && access.kind === 'noModels') return <NoModelsPage />
  const suggest = (text: string): void => {
    change({ text })
    if (matchMedia(HAS_KEYBOARD).matches) inputRef.current?.focus()
  }
  return (
    <>
      {open.isLoading && (
        <main class="messages">
          <p class="loading" role="status">
            {t('loadingConversation')}
          </p>
        </main>
      )}
      {isEmpty && <Welcome model={open.model} hasSuggestions={messageOf(draft) === ''} onSuggest={suggest} />}
      {open.turns.length > 0 && <MessageList key={open.id} turns={open.turns} isRunning={open.isRunning} />}
      <Composer key={`composer ${open.id}`} view={view} draft={draft} inputRef={inputRef} onChange={change} />
    </>
  )
}
