import { useState } from 'preact/hooks'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { useShell } from '../../shell.ts'
import { useWords } from '../../words/window-words.ts'

export function AccountCard({ account }: { readonly account: string }) {
  const { t } = useWords()
  const shell = useShell()
  const [isLeaving, setLeaving] = useState(false)
  return (
    <Card title={t('settings.account')}>
      <div class="row spread">
        <p>
          <bdi>{account}</bdi>
        </p>
        <Button kind="danger" onPress={() => setLeaving(true)}>
          {t('settings.signOut')}
        </Button>
      </div>
      {isLeaving && (
        <ConfirmDialog
          title={t('settings.signOut.title')}
          texts={[t('settings.signOut.text')]}
          button={t('settings.signOut.button')}
          announcement=""
          onConfirm={() => shell.request('signOut')}
          onClose={() => setLeaving(false)}
        />
      )}
    </Card>
  )
}
