import { Card } from '../../parts/card.tsx'
import { CheckField } from '../../parts/field.tsx'
import type { SettingsForm } from './form.ts'
import { SettingChoice } from './setting-choice.tsx'

interface AppCardProps {
  readonly form: SettingsForm
  readonly hasTray: boolean
}

export function AppCard({ form, hasTray }: AppCardProps) {
  const { launchAtLogin, startMinimized } = form.values
  const atLogin = form.field(
    'launchAtLogin',
    launchAtLogin === null ? 'This system does not let apps change this.' : undefined,
  )
  const minimized = form.field(
    'startMinimized',
    hasTray
      ? 'Open the window from the tray icon.'
      : 'Unavailable, because this desktop shows no tray icons.',
  )
  return (
    <Card title="App">
      <CheckField
        {...atLogin}
        kind="switch"
        label="Start at login"
        isDisabled={atLogin.isDisabled || launchAtLogin === null}
        isOn={launchAtLogin ?? false}
        onSet={form.setLaunchAtLogin}
      />
      <CheckField
        {...minimized}
        kind="switch"
        label="Start minimized"
        isDisabled={minimized.isDisabled || !hasTray}
        isOn={startMinimized}
        onSet={(on) => form.patch('startMinimized', on)}
      />
      <SettingChoice form={form} name="theme" label="Theme" />
      <SettingChoice form={form} name="trayStyle" label="Tray icon" />
    </Card>
  )
}
