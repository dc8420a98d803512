import { useState } from 'preact/hooks'
import type { ChatView } from '../chat/chat-view.ts'
import { Composer, NO_DRAFT, type Draft } from './composer.tsx'
import { ConnectPage, NoModelsPage } from './connect-page.tsx'
import { MessageList } from './message-list.tsx'
import { PairPage } from './pair-page.tsx'
import { Welcome } from './welcome.tsx'
import { useWords } from './words.ts'

/** The open conversation with its composer, or the page that explains how to connect. */
export function Stage({ view }: { readonly view: ChatView }) {
  const { t } = useWords()
  const { access, open } = view
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map())
  if (view.pairing !== null) return <PairPage offer={view.pairing} />
  const isEmpty = open.turns.length === 0 && !open.isLoading
  if (isEmpty && (access.kind === 'noKey' || access.kind === 'keyRefused'))
    return <ConnectPage access={access} />
  if (isEmpty && access.kind === 'noModels') return <NoModelsPage />
  const draft = drafts.get(open.id) ?? NO_DRAFT
  const change = (part: Partial<Draft>): void =>
    setDrafts((all) => new Map(all).set(open.id, { ...(all.get(open.id) ?? NO_DRAFT), ...part }))
  return (
    <>
      {open.isLoading && (
        <main class="messages">
          <p class="loading" role="status">
            {t('loadingConversation')}
          </p>
        </main>
      )}
      {isEmpty && (
        <Welcome
          model={open.model}
          hasSuggestions={draft.text === ''}
          onSuggest={(text) => change({ text })}
        />
      )}
      {open.turns.length > 0 && <MessageList key={open.id} turns={open.turns} isRunning={open.isRunning} />}
      <Composer key={`composer ${open.id}`} view={view} draft={draft} onChange={change} />
    </>
  )
}
