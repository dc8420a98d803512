import { useState } from 'preact/hooks'
import type { PayloadOf } from '../../shared/ipc/contract.ts'
import type { AppView, CheckView, UpdateView } from '../../shared/ipc/view.ts'
import { ActionButton, Button } from '../parts/button.tsx'
import { Card, PageHead } from '../parts/card.tsx'
import { Icon } from '../parts/icon.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { useShell } from '../shell.ts'
import { EN } from '../words/en.ts'
import { useWords, type WindowWords } from '../words/window-words.ts'

const ICONS = { ok: 'done', warn: 'warning', fail: 'error' } as const

const TASK = 'doctor'

/** Checks everything between a client and the model. */
export interface Doctor {
  /** `null` before the first run. */
  readonly checks: readonly CheckView[] | null
  readonly isBusy: boolean
  readonly run: () => void
}

export function useDoctor(): Doctor {
  const shell = useShell()
  const { language } = useWords().locale
  const [last, setLast] = useState<{ checks: Doctor['checks']; language: string } | null>(null)
  const run = (): void =>
    shell.run(TASK, async () => {
      const answer = await shell.ask('doctor.run')
      if (answer.ok) setLast({ checks: answer.result, language })
    })
  // The results are texts in one language.
  const checks = last?.language === language ? last.checks : null
  return { checks, isBusy: shell.isBusy(TASK), run }
}

interface DiagnosticsPageProps {
  readonly view: AppView
  readonly doctor: Doctor
}

/** Finds problems, and collects information for support. */
export function DiagnosticsPage({ view: { version, update }, doctor }: DiagnosticsPageProps) {
  const { t } = useWords()
  return (
    <>
      <PageHead title={t('diagnostics.title')} text={t('diagnostics.text')} />
      <Checks doctor={doctor} />
      <Report />
      <Version version={version} update={update} />
    </>
  )
}

function Checks({ doctor: { checks, isBusy, run } }: { readonly doctor: Doctor }) {
  const words = useWords()
  const { t } = words
  return (
    <Card title={t('diagnostics.checks')}>
      <div class="row spread">
        <p class="muted" role="status">
          {isBusy ? t('diagnostics.checking') : summaryOf(words, checks)}
        </p>
        <Button kind="primary" icon="diagnostics" isBusy={isBusy} onPress={run}>
          {t(checks === null ? 'diagnostics.run' : 'diagnostics.runAgain')}
        </Button>
      </div>
      {isBusy && <progress aria-label={t('diagnostics.progress')} />}
      {checks !== null && !isBusy && (
        <ul class="checks">
          {checks.map((check) => (
            <CheckRow key={check.check} result={check} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function summaryOf({ t }: WindowWords, checks: Doctor['checks']): string {
  if (checks === null) return t('diagnostics.before')
  const failed = checks.filter(({ level }) => level === 'fail').length
  const warned = checks.filter(({ level }) => level === 'warn').length
  if (failed + warned === 0) return t('diagnostics.noProblems')
  const problems = failed > 0 ? [t('diagnostics.problems', { count: failed })] : []
  const warnings = warned > 0 ? [t('diagnostics.warnings', { count: warned })] : []
  return [...problems, ...warnings].join(' ')
}

/** A check of the doctor that has no words yet shows its own name. */
function isKnown(check: string): check is KnownCheck {
  return Object.hasOwn(EN, `check.${check}`)
}

type KnownCheck = keyof typeof EN extends infer Key
  ? Key extends `check.${infer Name}`
    ? Name
    : never
  : never

function CheckRow({ result: { check, level, detail, fix } }: { readonly result: CheckView }) {
  const { t } = useWords()
  return (
    <li class="check">
      <span class={`badge ${level}`}>
        <Icon name={ICONS[level]} />
        {t(`diagnostics.${level}`)}
      </span>
      <div>
        <h3>{isKnown(check) ? t(`check.${check}`) : check}</h3>
        <p class="muted">{detail}</p>
        {fix !== null && <p class="fix">{fix}</p>}
      </div>
    </li>
  )
}

function Report() {
  const words = useWords()
  const { t } = words
  const shell = useShell()
  const [path, setPath] = useState<string | null>(null)
  const exportReport = (): void =>
    shell.run('report', async () => {
      const answer = await shell.ask('report.export')
      if (answer.ok) setPath(answer.result.path)
    })
  return (
    <Card title={t('report.title')}>
      <p class="muted">{t('report.text')}</p>
      {path !== null && (
        <p role="status">
          <Sentence of={words.pieces('saved.as', { path })} tag="code" />
        </p>
      )}
      <div class="row">
        <Button isBusy={shell.isBusy('report')} onPress={exportReport}>
          {t('report.export')}
        </Button>
        <ActionButton action={{ id: 'openLogs', label: t('report.openLogs') }} />
      </div>
    </Card>
  )
}

interface VersionProps {
  readonly version: string
  readonly update: UpdateView
}

function Version({ version, update: { kind, text, percent, action } }: VersionProps) {
  const { t } = useWords()
  const canCheck = (kind === 'idle' || kind === 'failed') && action?.id !== 'checkForUpdates'
  return (
    <Card title={t('version.title')}>
      <div class="row spread">
        <div>
          <p>
            <strong>{t('version.name', { version })}</strong>
          </p>
          <p class="muted" role="status">
            {text}
          </p>
        </div>
        <div class="row">
          {action !== null && <ActionButton action={action} kind="primary" />}
          {canCheck && <ActionButton action={{ id: 'checkForUpdates', label: t('version.check') }} />}
        </div>
      </div>
      {kind === 'downloading' && (
        <progress aria-label={t('version.download')} max={100} value={percent ?? undefined} />
      )}
      <div class="row links">
        <LinkButton target="documents">{t('version.documentation')}</LinkButton>
        <LinkButton target="releases">{t('version.notes')}</LinkButton>
        <LinkButton target="license">{t('version.license')}</LinkButton>
      </div>
    </Card>
  )
}

interface LinkButtonProps {
  readonly target: PayloadOf<'link.open'>
  readonly children: string
}

function LinkButton({ target, children }: LinkButtonProps) {
  const shell = useShell()
  return (
    <Button kind="quiet" onPress={() => void shell.ask('link.open', target)}>
      {children}
    </Button>
  )
}
