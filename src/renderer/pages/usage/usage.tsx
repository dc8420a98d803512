import { useEffect, useRef, useState } from 'preact/hooks'
import type { SettingsView, UsageView } from '../../../shared/ipc/view.ts'
import { Button } from '../../parts/button.tsx'
import { EmptyState, Message } from '../../parts/card.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { ChoiceField } from '../../parts/field.tsx'
import { Sentence } from '../../parts/sentence.tsx'
import { useShell } from '../../shell.ts'
import { useWords } from '../../words/window-words.ts'
import { DayChart } from './day-chart.tsx'
import { FIGURES, sumOf, timeOfDay } from './figures.ts'
import { UsageTable } from './usage-table.tsx'

const PERIODS = ['7', '30', '90'] as const
type Period = (typeof PERIODS)[number]

const REFRESH_MS = 30_000

/** Requests, tokens and times of the last days, read from the app's history while it is shown. */
export function Usage({ settings }: { readonly settings: SettingsView }) {
  const { t } = useWords()
  const [period, setPeriod] = useState<Period>('30')
  const { usage, error, load } = useUsage(period)
  if (error !== null) return <Message kind="error" text={error} />
  if (usage === null)
    return (
      <p class="muted" role="status">
        {t('usage.loading')}
      </p>
    )
  if (!usage.isAvailable)
    return <EmptyState icon="chart" title={t('usage.unavailable')} text={t('usage.unavailable.text')} />
  const isOn = settings.values.keepUsage
  const isEmpty = sumOf(usage.days, 'requests') === 0
  return (
    <>
      <div class="filters usage-filters">
        <ChoiceField<Period>
          id="usage-period"
          label={t('usage.period')}
          value={period}
          choices={PERIODS.map((days) => [days, t('usage.period.days', { count: Number(days) })] as const)}
          onChoose={setPeriod}
        />
        <Transfer onDeleted={() => void load()} />
      </div>
      {!isOn && <TurnedOff isLocked={settings.locked.includes('keepUsage')} />}
      {!isEmpty && <Summary usage={usage} />}
      {isEmpty && isOn && <EmptyState icon="chart" title={t('usage.none')} text={t('usage.none.text')} />}
    </>
  )
}

interface UsageSource {
  /** `null` until the first answer. */
  readonly usage: UsageView | null
  readonly error: string | null
  readonly load: () => Promise<void>
}

function useUsage(period: Period): UsageSource {
  const shell = useShell()
  const [usage, setUsage] = useState<UsageView | null>(null)
  const [error, setError] = useState<string | null>(null)
  const asked = useRef({ period: '', at: 0 })
  const load = async (): Promise<void> => {
    const request = { period, at: Date.now() }
    asked.current = request
    const answer = await shell.request('usage.get', { days: Number(period) })
    if (asked.current !== request) return
    setError(answer.ok ? null : answer.error.message)
    if (answer.ok) setUsage(answer.result)
  }
  // Snapshots of the app draw the page again, so that it needs no timer.
  useEffect(() => {
    if (asked.current.period !== period || Date.now() - asked.current.at > REFRESH_MS) void load()
  })
  return { usage, error, load }
}

function TurnedOff({ isLocked }: { readonly isLocked: boolean }) {
  const { t } = useWords()
  const shell = useShell()
  const text = isLocked ? `${t('usage.off.text')} ${t('settings.managed')}` : t('usage.off.text')
  return (
    <Message kind="info" title={t('usage.off')} text={text}>
      {!isLocked && (
        <Button
          isBusy={shell.isBusy('keep usage')}
          onPress={() => shell.run('keep usage', () => shell.ask('settings.patch', { keepUsage: true }))}
        >
          {t('usage.turnOn')}
        </Button>
      )}
    </Message>
  )
}

function Summary({ usage: { days, models, keys } }: { readonly usage: UsageView }) {
  const words = useWords()
  const { t } = words
  const failed = sumOf(days, 'errors')
  const totals = t('usage.totals', {
    requests: t('requests', { count: sumOf(days, 'requests') }),
    tokens: t('tokens', { count: sumOf(days, 'tokens') }),
  })
  const used = days.filter(({ requests }) => requests > 0).toReversed()
  return (
    <>
      <p class="muted" role="status">
        {failed === 0 ? totals : words.list([totals, t('usage.failed.count', { count: failed })])}
      </p>
      {FIGURES.map((figure) => (
        <DayChart key={figure} days={days} figure={figure} />
      ))}
      <details>
        <summary>{t('usage.asTable')}</summary>
        <UsageTable subject="day" rows={used} nameOf={({ name }) => words.date(timeOfDay(name))} />
      </details>
      <h2>{t('usage.byModel')}</h2>
      <UsageTable subject="model" rows={models} nameOf={({ name }) => name || t('usage.noModel')} />
      <h2>{t('usage.byKey')}</h2>
      <UsageTable subject="key" rows={keys} nameOf={({ name }) => name || t('usage.noKey')} />
    </>
  )
}

/** Saves the counts as a file, or deletes them. */
function Transfer({ onDeleted }: { readonly onDeleted: () => void }) {
  const words = useWords()
  const { t } = words
  const shell = useShell()
  const [path, setPath] = useState<string | null>(null)
  const [isDeleting, setDeleting] = useState(false)
  const save = (): void =>
    shell.run('usage.export', async () => {
      const answer = await shell.ask('usage.export')
      if (answer.ok) setPath(answer.result.path)
    })
  return (
    <>
      <div class="row">
        <Button isBusy={shell.isBusy('usage.export')} onPress={save}>
          {t('usage.export')}
        </Button>
        <Button kind="danger" label={t('usage.deleteLabel')} onPress={() => setDeleting(true)}>
          {t('usage.delete')}
        </Button>
      </div>
      {path !== null && (
        <p class="muted saved-as" role="status">
          <Sentence of={words.pieces('saved.as', { path })} tag="code" />
        </p>
      )}
      {isDeleting && (
        <ConfirmDialog
          title={t('usage.delete.title')}
          texts={[t('usage.delete.text')]}
          button={t('button.delete')}
          announcement={t('usage.delete.announce')}
          onConfirm={() => shell.request('usage.clear')}
          onClose={() => {
            setDeleting(false)
            onDeleted()
          }}
        />
      )}
    </>
  )
}
