import type { ChatTurn } from '../chat/chat-view.ts'
import { IconButton } from './button.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

interface BranchSwitchProps {
  readonly turnId: string
  readonly branch: ChatTurn['branch']
  readonly isDisabled: boolean
}

/** Switches between the alternatives at this point of the conversation. */
export function BranchSwitch({ turnId, branch: { index, count }, isDisabled }: BranchSwitchProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  if (count < 2) return null
  return (
    <div class="branch">
      <IconButton
        icon="back"
        label={t('previousVersion')}
        isDisabled={isDisabled || index === 0}
        onPress={() => actions.showBranch(turnId, index - 1)}
      />
      <span>{t('versionOf', { index: index + 1, count })}</span>
      <IconButton
        icon="forward"
        label={t('nextVersion')}
        isDisabled={isDisabled || index >= count - 1}
        onPress={() => actions.showBranch(turnId, index + 1)}
      />
    </div>
  )
}
