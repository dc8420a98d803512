import { Card } from '../../parts/card.tsx'
import { CheckField } from '../../parts/field.tsx'
import { useWords } from '../../words/window-words.ts'
import type { SettingsForm } from './form.ts'
import { SettingChoice } from './setting-choice.tsx'

interface AppCardProps {
  readonly form: SettingsForm
  readonly hasTray: boolean
}

export function AppCard({ form, hasTray }: AppCardProps) {
  const { t } = useWords()
  return (
    <Card title={t('settings.app')}>
      <StartSwitches form={form} hasTray={hasTray} />
      <SettingChoice form={form} name="language" />
      <SettingChoice form={form} name="theme" />
      <SettingChoice form={form} name="trayStyle" />
      <CheckField
        {...form.field('keepUsage', t('settings.keepUsageHint'))}
        kind="switch"
        label={t('settings.keepUsage')}
        isOn={form.values.keepUsage}
        onSet={(on) => form.patch('keepUsage', on)}
      />
    </Card>
  )
}

/** Whether and how the app starts automatically. */
export function StartSwitches({ form, hasTray }: AppCardProps) {
  const { t } = useWords()
  const { launchAtLogin, startMinimized } = form.values
  const atLogin = form.field(
    'launchAtLogin',
    launchAtLogin === null ? t('settings.app.loginUnavailable') : undefined,
  )
  const minimized = form.field(
    'startMinimized',
    hasTray ? t('settings.app.minimizedHint') : t('settings.app.minimizedUnavailable'),
  )
  return (
    <>
      <CheckField
        {...atLogin}
        kind="switch"
        label={t('settings.app.login')}
        isDisabled={atLogin.isDisabled || launchAtLogin === null}
        isOn={launchAtLogin ?? false}
        onSet={form.setLaunchAtLogin}
      />
      <CheckField
        {...minimized}
        kind="switch"
        label={t('settings.app.minimized')}
        isDisabled={minimized.isDisabled || !hasTray}
        isOn={startMinimized}
        onSet={(on) => form.patch('startMinimized', on)}
      />
    </>
  )
}
