import { useState } from 'preact/hooks'
import type { RelayView } from '../../../shared/ipc/relay-view.ts'
import { ActionButton, Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { useShell } from '../../shell.ts'
import { useWords } from '../../words/window-words.ts'

/** The relay of this device: which one it is, and how to change or leave it. */
export function AccountCard({ relay: { builtIn, account } }: { readonly relay: RelayView }) {
  const { t } = useWords()
  const shell = useShell()
  const [isLeaving, setLeaving] = useState(false)
  const leave = builtIn === null ? 'settings.signOut' : 'settings.stopRelay'
  return (
    <Card title={t(builtIn === null ? 'settings.account' : 'relay.builtIn')}>
      <div class="row spread">
        <p>{builtIn === null ? <bdi>{account}</bdi> : t(`reach.${builtIn}`)}</p>
        <div class="row">
          <ActionButton action={{ id: 'signInAgain', label: t('setup.change') }} />
          <Button kind="danger" onPress={() => setLeaving(true)}>
            {t(leave)}
          </Button>
        </div>
      </div>
      {isLeaving && (
        <ConfirmDialog
          title={t(`${leave}.title`)}
          texts={[t('settings.signOut.text')]}
          button={t(`${leave}.button`)}
          announcement=""
          onConfirm={() => shell.request('signOut')}
          onClose={() => setLeaving(false)}
        />
      )}
    </Card>
  )
}
