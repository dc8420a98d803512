import { Card } from '../../parts/card.tsx'
import { CheckField } from '../../parts/field.tsx'
import { useWords } from '../../words/window-words.ts'
import type { SettingsForm } from './form.ts'

const SWITCHES = [
  ['notifyNewClient', 'client'],
  ['notifyRelayDown', 'relay'],
  ['notifyUpdate', 'update'],
] as const

/** A switch for each event. Events that require the user's action are always shown. */
export function NotificationsCard({ form }: { readonly form: SettingsForm }) {
  const { t } = useWords()
  return (
    <Card title={t('settings.notifications')}>
      {SWITCHES.map(([name, event]) => (
        <CheckField
          key={name}
          {...form.field(name, t(`settings.notify.${event}Hint`))}
          kind="switch"
          label={t(`settings.notify.${event}`)}
          isOn={form.values[name]}
          onSet={(on) => form.patch(name, on)}
        />
      ))}
    </Card>
  )
}
