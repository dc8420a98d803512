import { Card } from '../../parts/card.tsx'
import { CheckField } from '../../parts/field.tsx'
import type { SettingsForm } from './form.ts'
import { SettingChoice } from './setting-choice.tsx'

const PRIVILEGED_HINT =
  'Only for installations by a system package. Each update asks for the administrator’s password.'

export function UpdatesCard({ form }: { readonly form: SettingsForm }) {
  return (
    <Card title="Updates">
      <SettingChoice form={form} name="updateMode" label="Install updates" />
      <SettingChoice form={form} name="updateChannel" label="Release channel" />
      <CheckField
        {...form.field('allowPrivilegedUpdates', PRIVILEGED_HINT)}
        kind="switch"
        label="Let the app update its system package"
        isOn={form.values.allowPrivilegedUpdates}
        onSet={(on) => form.patch('allowPrivilegedUpdates', on)}
      />
    </Card>
  )
}
