import { useEffect, useRef, useState } from 'preact/hooks'
import type { OwnDeviceView } from '../../shared/ipc/view.ts'
import type { RelayView } from '../../shared/ipc/relay-view.ts'
import { useNow } from '../clock.ts'
import { Button, ConnectButton } from '../parts/button.tsx'
import { EmptyState, Message, PageHead } from '../parts/card.tsx'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Figure } from '../parts/figure.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { useShell } from '../shell.ts'
import { useWords } from '../words/window-words.ts'

const COLUMNS = ['name', 'lastSeen'] as const
const PILLS = { connected: 'online', absent: '', revoked: 'attention' } as const

/** The owner's devices, as the relay knows them. Queries the relay each time the page opens. */
export function DevicesPage({ relay }: { readonly relay: RelayView | null }) {
  const words = useWords()
  const { t } = words
  const shell = useShell()
  const [devices, setDevices] = useState<readonly OwnDeviceView[] | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [revoking, setRevoking] = useState<OwnDeviceView | null>(null)
  const [isLoading, setLoading] = useState(false)
  const asked = useRef(0)
  const isPaired = relay !== null
  const load = async (): Promise<void> => {
    const request = ++asked.current
    setLoading(true)
    const answer = await shell.request('devices.list')
    if (request !== asked.current) return
    setLoading(false)
    setError(answer.ok ? null : answer.error.message)
    if (answer.ok) setDevices(answer.result)
  }
  useEffect(() => {
    if (isPaired && asked.current === 0) void load()
  })
  if (!isPaired)
    return (
      <EmptyState icon="devices" title={t('devices.none')} text={t('devices.none.text')}>
        <ConnectButton />
      </EmptyState>
    )
  return (
    <>
      <PageHead title={t('devices.title')} text={t('devices.text')}>
        <Button icon="refresh" isBusy={isLoading} onPress={() => void load()}>
          {t('devices.refresh')}
        </Button>
      </PageHead>
      {error !== null && <Message kind="error" text={error} />}
      {devices === null && error === null && (
        <p class="muted" role="status">
          {t('devices.loading')}
        </p>
      )}
      {devices !== null && <DeviceTable devices={devices} onRevoke={setRevoking} />}
      {revoking !== null && (
        <ConfirmDialog
          title={<Sentence of={words.pieces('devices.revoke.title', { name: revoking.name })} />}
          texts={[t('devices.revoke.text')]}
          button={t('devices.revoke.button')}
          announcement={t('devices.revoke.announce')}
          onConfirm={() => shell.request('devices.revoke', { id: revoking.id })}
          onClose={() => {
            setRevoking(null)
            void load()
          }}
        />
      )}
    </>
  )
}

interface DeviceTableProps {
  readonly devices: readonly OwnDeviceView[]
  readonly onRevoke: (device: OwnDeviceView) => void
}

/** States the roles, because the narrow layout takes them from the elements. */
function DeviceTable({ devices, onRevoke }: DeviceTableProps) {
  const { t } = useWords()
  const now = useNow()
  return (
    <table class="table devices" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((column) => (
            <th key={column} role="columnheader" scope="col">
              {t(`devices.${column}`)}
            </th>
          ))}
          <th role="columnheader" scope="col">
            <span class="hidden">{t('actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {devices.map((device) => (
          <DeviceRow key={device.id} device={device} now={now} onRevoke={onRevoke} />
        ))}
      </tbody>
    </table>
  )
}

interface DeviceRowProps extends Pick<DeviceTableProps, 'onRevoke'> {
  readonly device: OwnDeviceView
  readonly now: number
}

function DeviceRow({ device, now, onRevoke }: DeviceRowProps) {
  const words = useWords()
  const { t } = words
  const { id, name, state, isThisOne, lastSeenAt, models } = device
  const seenAt = state === 'connected' ? now : lastSeenAt
  return (
    <tr class="record" role="row">
      <td class="record-name" role="cell">
        <span class="state-line" title={id}>
          <strong>
            <bdi>{name}</bdi>
          </strong>
          <span class={`pill ${PILLS[state]}`}>{t(`devices.${state}`)}</span>
          {isThisOne && <span class="pill">{t('devices.this')}</span>}
        </span>
        <ModelNames models={models} />
      </td>
      <Figure name={t('devices.lastSeen')} text={words.age(seenAt, now)} title={words.dateTime(seenAt)} />
      <td class="record-actions" role="cell">
        {!isThisOne && state !== 'revoked' && (
          <Button
            kind="quiet danger"
            label={t('devices.revokeLabel', { name })}
            onPress={() => onRevoke(device)}
          >
            {t('devices.revoke')}
          </Button>
        )}
      </td>
    </tr>
  )
}

function ModelNames({ models }: Pick<OwnDeviceView, 'models'>) {
  const { t } = useWords()
  if (models === null) return null
  if (models.length === 0) return <span class="muted">{t('devices.noModels')}</span>
  return (
    <ul class="chips" aria-label={t('models', { count: models.length })}>
      {models.map((model) => (
        <li key={model} class="chip">
          <bdi>{model}</bdi>
        </li>
      ))}
    </ul>
  )
}
