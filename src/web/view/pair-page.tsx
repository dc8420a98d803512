import { pairLinkFor } from '../../shared/pair-link.ts'
import type { PairingOffer } from '../chat/chat-view.ts'
import { Brand } from './brand.tsx'
import { Button } from './button.tsx'
import { Command } from './command.tsx'
import { useChatShell } from './shell.ts'
import { useWords } from './words.ts'

/** Makes the computer on which it is opened a device of this relay. */
export function PairPage({ offer: { relayUrl, code } }: { readonly offer: PairingOffer }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  return (
    <main class="messages empty">
      <div class="empty-page connect">
        <Brand />
        <h2>{t('pairTitle')}</h2>
        <p class="muted">{t('pairNote')}</p>
        <a class="button primary" href={pairLinkFor(relayUrl, code)}>
          <span>{t('pairOpen')}</span>
        </a>
        <p class="muted">{t('pairTerminal')}</p>
        <Command text={`cloudtolocalllm bridge --relay ${relayUrl} --pair ${code}`} />
        <p class="muted">{t('pairExpiry')}</p>
        <Button kind="quiet" onPress={() => actions.dismissPairing()}>
          {t('pairSkip')}
        </Button>
      </div>
    </main>
  )
}
