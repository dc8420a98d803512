import { Card } from '../../parts/card.tsx'
import { CommitField } from '../../parts/field.tsx'
import { ScopesField } from '../../parts/scopes.tsx'
import { useWords } from '../../words/window-words.ts'
import type { SettingsForm } from './form.ts'

export function DeviceCard({ form: { values, field, patch } }: { readonly form: SettingsForm }) {
  const { t } = useWords()
  const { deviceName, maxConcurrent, ownerScopes } = values
  return (
    <Card title={t('settings.device')}>
      <CommitField
        {...field('deviceName')}
        label={t('settings.device.name')}
        value={deviceName}
        onCommit={(name) => patch('deviceName', name)}
      />
      <CommitField
        {...field('maxConcurrent')}
        label={t('settings.device.concurrent')}
        type="number"
        value={String(maxConcurrent)}
        onCommit={(text) => patch('maxConcurrent', Number(text))}
      />
      <ScopesField
        {...field('ownerScopes')}
        label={t('settings.device.scopes')}
        scopes={ownerScopes}
        onChange={(scopes) => patch('ownerScopes', scopes)}
      />
    </Card>
  )
}
