import { useId, useState } from 'preact/hooks'
import type { ConversationEntry } from '../chat/chat-view.ts'
import { Button, IconButton } from './button.tsx'
import { groupByDay } from './days.ts'
import { Icon } from './icon.tsx'
import { memo } from './memo.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

interface ConversationListProps {
  readonly conversations: readonly ConversationEntry[]
  readonly search: string
  readonly openId: string
  /** Something was chosen. */
  readonly onDone: () => void
}

/** The stored conversations by day, with a search. */
export const ConversationList = memo<ConversationListProps>(({ conversations, search, openId, onDone }) => {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  const [query, setQuery] = useState(search)
  const find = (text: string): void => {
    setQuery(text)
    actions.search(text)
  }
  const start = (): void => {
    actions.newConversation()
    onDone()
  }
  return (
    <div class="conversations">
      <div class="conversations-head">
        <Button icon="new" onPress={start}>
          {t('newChat')}
        </Button>
        <div class="search">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            aria-label={t('searchConversations')}
            placeholder={t('searchConversations')}
            value={query}
            maxLength={200}
            autocomplete="off"
            enterkeyhint="search"
            onInput={({ currentTarget }) => find(currentTarget.value)}
          />
        </div>
      </div>
      <div class="conversations-scroll">
        {conversations.length === 0 && (
          <p class="nothing" role="status">
            {query.trim() === '' ? t('noConversations') : t('noMatches', { query: query.trim() })}
          </p>
        )}
        {groupByDay(conversations).map(({ day, entries }) => (
          <DayGroup key={day} title={t(day)} entries={entries} openId={openId} onDone={onDone} />
        ))}
      </div>
      <div class="conversations-foot">
        <Button kind="quiet" icon="jobs" onPress={() => open({ kind: 'jobs' })}>
          {t('jobs')}
        </Button>
        <Button kind="quiet" icon="gear" onPress={() => open({ kind: 'settings' })}>
          {t('settings')}
        </Button>
      </div>
    </div>
  )
})

interface DayGroupProps extends Pick<ConversationListProps, 'openId' | 'onDone'> {
  readonly title: string
  readonly entries: readonly ConversationEntry[]
}

function DayGroup({ title, entries, openId, onDone }: DayGroupProps) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <ul>
        {entries.map((entry) => (
          <EntryRow key={entry.id} entry={entry} isOpen={entry.id === openId} onDone={onDone} />
        ))}
      </ul>
    </section>
  )
}

interface EntryRowProps extends Pick<ConversationListProps, 'onDone'> {
  readonly entry: ConversationEntry
  readonly isOpen: boolean
}

const EntryRow = memo<EntryRowProps>(({ entry, isOpen, onDone }) => {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  const { id, excerpt, isRunning } = entry
  const title = entry.title === '' ? t('untitled') : entry.title
  return (
    <li class="entry" data-open={isOpen}>
      <button
        class="entry-button"
        type="button"
        aria-current={isOpen ? 'page' : undefined}
        onClick={() => {
          actions.openConversation(id)
          onDone()
        }}
      >
        <span class="entry-title">
          <bdi>{title}</bdi>
        </span>
        {isRunning && <span class="entry-dot" role="img" aria-label={t('answering')} />}
        {excerpt !== null && (
          <span class="entry-excerpt" dir="auto">
            {excerpt.before}
            <mark>{excerpt.match}</mark>
            {excerpt.after}
          </span>
        )}
      </button>
      <IconButton
        icon="more"
        label={t('optionsOf', { title })}
        onPress={() => open({ kind: 'conversation', entry })}
      />
    </li>
  )
})
