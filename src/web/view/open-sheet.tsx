import type { ChatView } from '../chat/chat-view.ts'
import { KeyForm } from './connect-page.tsx'
import { ConversationList } from './conversation-list.tsx'
import { ConversationSheet } from './conversation-sheet.tsx'
import { SheetDialog } from './dialog.tsx'
import { JobsSheet } from './jobs/jobs-sheet.tsx'
import { ModelSheet } from './model-sheet.tsx'
import { ParametersSheet } from './parameters-sheet.tsx'
import { ForgetQuestion, RemoveAllQuestion, RemoveQuestion } from './questions.tsx'
import { SettingsSheet } from './settings-sheet.tsx'
import type { Sheet } from './shell.ts'
import { useWords } from './words.ts'

interface OpenSheetProps {
  readonly sheet: Sheet
  readonly view: ChatView
  readonly onClose: () => void
}

/** The dialog that is open, if any. */
export function OpenSheet({ sheet, view, onClose }: OpenSheetProps) {
  const { t } = useWords()
  switch (sheet.kind) {
    case 'none':
      return null
    case 'conversations':
      return (
        <SheetDialog title={t('conversations')} kind="drawer" onClose={onClose}>
          <ConversationList
            conversations={view.conversations}
            search={view.search}
            openId={view.open.id}
            onDone={onClose}
          />
        </SheetDialog>
      )
    case 'models':
      return <ModelSheet models={view.models} chosen={view.open.model} onClose={onClose} />
    case 'parameters':
      return <ParametersSheet open={view.open} onClose={onClose} />
    case 'jobs':
      return <JobsSheet view={view} onClose={onClose} />
    case 'settings':
      return <SettingsSheet view={view} onClose={onClose} />
    case 'key':
      return (
        <SheetDialog title={t('newKey')} onClose={onClose}>
          <KeyForm onDone={onClose} />
        </SheetDialog>
      )
    case 'conversation':
      return <ConversationSheet entry={sheet.entry} onClose={onClose} />
    case 'remove':
      return <RemoveQuestion entry={sheet.entry} onClose={onClose} />
    case 'removeAll':
      return <RemoveAllQuestion onClose={onClose} />
    case 'forget':
      return <ForgetQuestion onClose={onClose} />
    case 'picture':
      return (
        <SheetDialog title={t('picture')} kind="viewer" onClose={onClose}>
          <img src={sheet.url} alt={t('picture')} />
        </SheetDialog>
      )
  }
}
