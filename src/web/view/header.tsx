import { IconButton } from './button.tsx'
import { Icon } from './icon.tsx'
import { memo } from './memo.tsx'
import { modelLabel } from './model-label.ts'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

interface HeaderProps {
  readonly title: string
  readonly model: string | null
  readonly hasModels: boolean
  /** Conversations are behind a button instead of beside the messages. */
  readonly hasMenu: boolean
}

export const Header = memo<HeaderProps>(({ title, model, hasModels, hasMenu }) => {
  const { t } = useWords()
  const { actions, open } = useChatShell()
  const hasModel = model !== null || hasModels
  return (
    <header class="header">
      {hasMenu && (
        <IconButton icon="menu" label={t('conversations')} onPress={() => open({ kind: 'conversations' })} />
      )}
      <h1 class="hidden">
        <bdi>{title === '' ? t('newChat') : title}</bdi>
      </h1>
      {!hasModel && <span class="header-name">CloudToLocalLLM</span>}
      {hasModel && (
        <button
          class="model-button"
          type="button"
          disabled={!hasModels}
          aria-haspopup="dialog"
          aria-label={model === null ? undefined : t('modelIs', { model })}
          onClick={() => open({ kind: 'models' })}
        >
          <bdi class="model-button-name">{model === null ? t('chooseModel') : modelLabel(model)}</bdi>
          {hasModels && <Icon name="down" />}
        </button>
      )}
      <span class="space" />
      {hasModel && (
        <IconButton
          icon="settings"
          label={t('conversationSettings')}
          onPress={() => open({ kind: 'parameters' })}
        />
      )}
      {hasMenu && hasModel && (
        <IconButton icon="new" label={t('newChat')} onPress={() => actions.newConversation()} />
      )}
    </header>
  )
})
