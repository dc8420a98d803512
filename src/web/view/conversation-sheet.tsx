import { useId, useState } from 'preact/hooks'
import type { ConversationEntry } from '../chat/chat-view.ts'
import { Button } from './button.tsx'
import { SheetDialog } from './dialog.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

const MAX_TITLE_LENGTH = 200

interface ConversationSheetProps {
  readonly entry: ConversationEntry
  readonly onClose: () => void
}

/** Renames, exports or deletes one conversation of the list. */
export function ConversationSheet({ entry, onClose }: ConversationSheetProps) {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  const [title, setTitle] = useState(entry.title)
  const id = useId()
  const rename = (event: Event): void => {
    event.preventDefault()
    if (title.trim() !== '' && title !== entry.title) actions.rename(entry.id, title.trim())
    onClose()
  }
  const exportAs = (format: 'markdown' | 'json'): void => {
    actions.exportAs(format, entry.id)
    onClose()
  }
  return (
    <SheetDialog title={t('conversationOptions')} onClose={onClose}>
      <form class="field" onSubmit={rename}>
        <label for={id}>{t('title')}</label>
        <div class="key-row">
          <input
            id={id}
            class="input"
            dir="auto"
            value={title}
            maxLength={MAX_TITLE_LENGTH}
            autocomplete="off"
            onInput={({ currentTarget }) => setTitle(currentTarget.value)}
          />
          <Button kind="primary" type="submit" isDisabled={title.trim() === ''}>
            {t('save')}
          </Button>
        </div>
      </form>
      <div class="stack">
        <Button onPress={() => exportAs('markdown')}>{t('exportMarkdown')}</Button>
        <Button onPress={() => exportAs('json')}>{t('exportJson')}</Button>
        <Button kind="danger" onPress={() => open({ kind: 'remove', entry })}>
          {t('deleteConversation')}
        </Button>
      </div>
    </SheetDialog>
  )
}
