import { useState } from 'preact/hooks'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { useShell } from '../../shell.ts'
import { useWords } from '../../words/window-words.ts'

/** Settings as a file. */
export function TransferCard() {
  const shell = useShell()
  const { t } = useWords()
  const [outcome, setOutcome] = useState<string | null>(null)
  const transfer = (
    name: 'settings.export' | 'settings.import',
    done: 'saved.as' | 'settings.imported',
  ): void =>
    shell.run(name, async () => {
      const answer = await shell.ask(name)
      if (answer.ok) setOutcome(answer.result.path === null ? null : t(done, { path: answer.result.path }))
    })
  return (
    <Card title={t('settings.transfer')}>
      <p class="muted">{t('settings.transfer.text')}</p>
      <div class="row">
        <Button
          label={t('settings.exportLabel')}
          isBusy={shell.isBusy('settings.export')}
          onPress={() => transfer('settings.export', 'saved.as')}
        >
          {t('settings.export')}
        </Button>
        <Button
          label={t('settings.importLabel')}
          isBusy={shell.isBusy('settings.import')}
          onPress={() => transfer('settings.import', 'settings.imported')}
        >
          {t('settings.import')}
        </Button>
      </div>
      {outcome !== null && (
        <p class="muted" role="status">
          {outcome}
        </p>
      )}
    </Card>
  )
}
