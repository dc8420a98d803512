import { useState } from 'preact/hooks'
import type { ConversationEntry } from '../chat/chat-view.ts'
import { Question } from './dialog.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

interface ClosableProps {
  readonly onClose: () => void
}

export function RemoveQuestion({ entry, onClose }: ClosableProps & { readonly entry: ConversationEntry }) {
  const words = useWords()
  const { t } = words
  const { actions } = useChatShell()
  return (
    <Question
      title={t('deleteConversationAsk')}
      note={words
        .pieces('deleteConversationNote', { title: entry.title === '' ? t('untitled') : entry.title })
        .map((piece) => (typeof piece === 'string' ? piece : <bdi key={piece.name}>{piece.value}</bdi>))}
      confirm={t('delete')}
      onConfirm={() => actions.remove(entry.id)}
      onClose={onClose}
    />
  )
}

export function RemoveAllQuestion({ onClose }: ClosableProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  return (
    <Question
      title={t('deleteAllAsk')}
      note={t('deleteAllNote')}
      confirm={t('deleteAllConfirm')}
      onConfirm={() => actions.removeAll()}
      onClose={onClose}
    />
  )
}

export function ForgetQuestion({ onClose }: ClosableProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const [withConversations, setWithConversations] = useState(false)
  return (
    <Question
      title={t('forgetDeviceAsk')}
      note={t('forgetDeviceConsequence')}
      confirm={t('forget')}
      onConfirm={() => actions.forgetThisDevice(withConversations)}
      onClose={onClose}
    >
      <label class="check">
        <input
          type="checkbox"
          checked={withConversations}
          onChange={({ currentTarget }) => setWithConversations(currentTarget.checked)}
        />
        <span>{t('forgetConversations')}</span>
      </label>
    </Question>
  )
}
