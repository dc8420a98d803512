import { useMemo, useState } from 'preact/hooks'
import type { ChatActions, ChatView } from '../chat/chat-view.ts'
import type { ChatWords } from '../words/words.ts'
import { Announcer } from './announcer.tsx'
import { useBackToClose } from './back-to-close.ts'
import { Banners } from './banners.tsx'
import { ConversationList } from './conversation-list.tsx'
import { Header } from './header.tsx'
import { OpenSheet } from './open-sheet.tsx'
import { usePageTitle } from './page-title.ts'
import { ChatShellContext, useMedia, type Sheet } from './shell.ts'
import { Stage } from './stage.tsx'
import { useVisibleHeight } from './visible-height.ts'
import { WordsContext } from './words.ts'

interface ChatAppProps {
  readonly view: ChatView
  readonly actions: ChatActions
  readonly words: ChatWords
}

const NO_SHEET: Sheet = { kind: 'none' }
const ignore = (): void => {}

/** The whole page. */
export function ChatApp({ view, actions, words }: ChatAppProps) {
  const [sheet, open] = useState(NO_SHEET)
  const shell = useMemo(() => ({ actions, open }), [actions])
  const isWide = useMedia('(min-width: 60rem)')
  useVisibleHeight()
  usePageTitle(view.open)
  useBackToClose(sheet.kind !== 'none', () => open(NO_SHEET))
  const close = (): void => open((now) => (now === sheet ? NO_SHEET : now))
  return (
    <WordsContext.Provider value={words}>
      <ChatShellContext.Provider value={shell}>
        <div class="page">
          {isWide && (
            <nav class="side" aria-label={words.t('conversations')}>
              <ConversationList
                conversations={view.conversations}
                search={view.search}
                openId={view.open.id}
                onDone={ignore}
              />
            </nav>
          )}
          <div class="stage">
            <Header
              title={view.open.title}
              model={view.open.model}
              hasModels={view.models.length > 0}
              hasMenu={!isWide}
            />
            <Banners view={view} />
            <Stage view={view} />
          </div>
        </div>
        <OpenSheet sheet={sheet} view={view} onClose={close} />
        <Announcer open={view.open} />
      </ChatShellContext.Provider>
    </WordsContext.Provider>
  )
}
