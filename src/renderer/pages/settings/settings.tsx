import type { AppView } from '../../../shared/ipc/view.ts'
import { PageHead } from '../../parts/card.tsx'
import { useWords } from '../../words/window-words.ts'
import { AccountCard } from './account.tsx'
import { AppCard } from './app.tsx'
import { DeviceCard } from './device.tsx'
import { useSettingsForm } from './form.ts'
import { JobsCard } from './jobs.tsx'
import { ModelServerCard } from './model-server.tsx'
import { NotificationsCard } from './notifications.tsx'
import { TransferCard } from './transfer.tsx'
import { UpdatesCard } from './updates.tsx'

/** Saves each change immediately. A refused text stays in its field, with the reason. */
export function SettingsPage({ view: { settings, relay } }: { readonly view: AppView }) {
  const { t } = useWords()
  const form = useSettingsForm(settings)
  return (
    <>
      <PageHead title={t('settings.title')} text={t('settings.text')} />
      <ModelServerCard form={form} hasKey={settings.hasUpstreamKey} />
      <DeviceCard form={form} />
      <AppCard form={form} hasTray={settings.hasTray} />
      <NotificationsCard form={form} />
      <JobsCard form={form} />
      <UpdatesCard form={form} />
      <TransferCard />
      {relay !== null && <AccountCard relay={relay} />}
    </>
  )
}
