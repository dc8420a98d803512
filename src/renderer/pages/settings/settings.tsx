import type { AppView } from '../../../shared/ipc/view.ts'
import { PageHead } from '../../parts/card.tsx'
import { AccountCard } from './account.tsx'
import { AppCard } from './app.tsx'
import { DeviceCard } from './device.tsx'
import { useSettingsForm } from './form.ts'
import { ModelServerCard } from './model-server.tsx'
import { TransferCard } from './transfer.tsx'
import { UpdatesCard } from './updates.tsx'

/** Saves each change at once. A refused text stays in its field, with the reason. */
export function SettingsPage({ view: { settings, relay } }: { readonly view: AppView }) {
  const form = useSettingsForm(settings)
  return (
    <>
      <PageHead title="Settings" text="Changes are saved immediately." />
      <ModelServerCard form={form} />
      <DeviceCard form={form} />
      <AppCard form={form} hasTray={settings.hasTray} />
      <UpdatesCard form={form} />
      <TransferCard />
      {relay !== null && <AccountCard account={relay.account} />}
    </>
  )
}
