import { Card } from '../../parts/card.tsx'
import { CheckedField } from '../../parts/field.tsx'
import { ScopesField } from '../../parts/scopes.tsx'
import { useWords } from '../../words/window-words.ts'
import type { SettingsForm } from './form.ts'

/** The main process has the same limit. */
const MAX_CONCURRENT = 10_000

function isConcurrency(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_CONCURRENT
}

export function DeviceCard({ form: { values, field, patch } }: { readonly form: SettingsForm }) {
  const { t } = useWords()
  const { deviceName, maxConcurrent, ownerScopes } = values
  return (
    <Card title={t('settings.device')}>
      <CheckedField
        {...field('deviceName')}
        label={t('settings.device.name')}
        value={deviceName}
        maxLength={100}
        check={(name) => (name.trim() === '' ? t('settings.device.nameMissing') : null)}
        onCommit={(name) => patch('deviceName', name)}
      />
      <CheckedField
        {...field('maxConcurrent')}
        label={t('settings.device.concurrent')}
        type="number"
        value={String(maxConcurrent)}
        check={(text) => (isConcurrency(text.trim()) ? null : t('settings.device.concurrentRange'))}
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
