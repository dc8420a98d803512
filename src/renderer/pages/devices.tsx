import { useEffect, useRef, useState } from 'preact/hooks'
import type { OwnDeviceView, RelayView } from '../../shared/ipc/view.ts'
import { useNow } from '../clock.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState, Message, PageHead } from '../parts/card.tsx'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'

const TASK = 'devices'
const PILLS = { connected: 'online', absent: '', revoked: 'attention' } as const

/** The owner's devices, as the relay knows them. Queries the relay each time the page opens. */
export function DevicesPage({ relay }: { readonly relay: RelayView | null }) {
  const { t } = useWords()
  const shell = useShell()
  const [devices, setDevices] = useState<readonly OwnDeviceView[] | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [revoking, setRevoking] = useState<OwnDeviceView | null>(null)
  const hasAsked = useRef(false)
  const isPaired = relay !== null
  const load = (): void =>
    shell.run(TASK, async () => {
      const answer = await shell.request('devices.list')
      setError(answer.ok ? null : answer.error.message)
      if (answer.ok) setDevices(answer.result)
    })
  useEffect(() => {
    if (!isPaired || hasAsked.current) return
    hasAsked.current = true
    load()
  })
  if (!isPaired) return <EmptyState icon="devices" title={t('devices.none')} text={t('devices.none.text')} />
  return (
    <>
      <PageHead title={t('devices.title')} text={t('devices.text')}>
        <Button icon="refresh" isBusy={shell.isBusy(TASK)} onPress={load}>
          {t('devices.refresh')}
        </Button>
      </PageHead>
      {error !== null && <Message kind="error" text={error} />}
      {devices === null && error === null && (
        <p class="muted" role="status">
          {t('devices.loading')}
        </p>
      )}
      <ul class="list">
        {devices?.map((device) => (
          <DeviceCard key={device.id} device={device} onRevoke={() => setRevoking(device)} />
        ))}
      </ul>
      {revoking !== null && (
        <ConfirmDialog
          title={t('devices.revoke.title', { name: revoking.name })}
          texts={[t('devices.revoke.text')]}
          button={t('devices.revoke.button')}
          announcement={t('devices.revoke.announce')}
          onConfirm={() => shell.request('devices.revoke', { id: revoking.id })}
          onClose={() => {
            setRevoking(null)
            load()
          }}
        />
      )}
    </>
  )
}

interface DeviceCardProps {
  readonly device: OwnDeviceView
  readonly onRevoke: () => void
}

function DeviceCard({ device, onRevoke }: DeviceCardProps) {
  const words = useWords()
  const { t } = words
  const now = useNow()
  const { id, name, state, isThisOne, lastSeenAt, models } = device
  return (
    <li class="card">
      <div class="row spread">
        <h2 class="state-line" title={id}>
          <bdi>{name}</bdi>
          <span class={`pill ${PILLS[state]}`}>{t(`devices.${state}`)}</span>
          {isThisOne && <span class="pill">{t('devices.this')}</span>}
        </h2>
        {!isThisOne && state !== 'revoked' && (
          <Button kind="quiet" label={t('devices.revokeLabel', { name })} onPress={onRevoke}>
            {t('devices.revoke')}
          </Button>
        )}
      </div>
      {state !== 'connected' && (
        <p class="muted" title={words.dateTime(lastSeenAt)}>
          {t('devices.lastSeen', { time: words.age(lastSeenAt, now) })}
        </p>
      )}
      {models !== null && models.length === 0 && <p class="muted">{t('devices.noModels')}</p>}
      {models !== null && models.length > 0 && (
        <ul class="chips" aria-label={t('models', { count: models.length })}>
          {models.map((model) => (
            <li key={model} class="chip">
              <bdi>{model}</bdi>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}
