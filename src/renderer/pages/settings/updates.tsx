import { Card } from '../../parts/card.tsx'
import { CheckField } from '../../parts/field.tsx'
import { useWords } from '../../words/window-words.ts'
import type { SettingsForm } from './form.ts'
import { SettingChoice } from './setting-choice.tsx'

export function UpdatesCard({ form }: { readonly form: SettingsForm }) {
  const { t } = useWords()
  return (
    <Card title={t('settings.updates')}>
      <SettingChoice form={form} name="updateMode" />
      <SettingChoice form={form} name="updateChannel" />
      <CheckField
        {...form.field('allowPrivilegedUpdates', t('settings.updates.privilegedHint'))}
        kind="switch"
        label={t('settings.updates.privileged')}
        isOn={form.values.allowPrivilegedUpdates}
        onSet={(on) => form.patch('allowPrivilegedUpdates', on)}
      />
    </Card>
  )
}
