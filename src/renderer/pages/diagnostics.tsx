import { useState } from 'preact/hooks'
import type { PayloadOf } from '../../shared/ipc/contract.ts'
import type { AppView, CheckView, UpdateView } from '../../shared/ipc/view.ts'
import { toCount } from '../format.ts'
import { ActionButton, Button } from '../parts/button.tsx'
import { Card, PageHead } from '../parts/card.tsx'
import { Icon } from '../parts/icon.tsx'
import { useShell } from '../shell.ts'

const LEVELS = {
  ok: { word: 'OK', icon: 'done' },
  warn: { word: 'Warning', icon: 'warning' },
  fail: { word: 'Problem', icon: 'error' },
} as const

/** Names for `CheckName` of the doctor; a check without one shows its own. */
const CHECKS: Readonly<Record<string, string>> = {
  'data-dir': 'Data folder',
  upstream: 'Model server',
  exposure: 'Network exposure',
  secrets: 'Keychain',
  proxy: 'Proxy',
  relay: 'Relay',
  clock: 'Clock',
  credential: 'Sign-in',
  websocket: 'WebSocket',
  streaming: 'Streaming',
}

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
  const [checks, setChecks] = useState<Doctor['checks']>(null)
  const run = (): void =>
    shell.run(TASK, async () => {
      const answer = await shell.ask('doctor.run')
      if (answer.ok) setChecks(answer.result)
    })
  return { checks, isBusy: shell.isBusy(TASK), run }
}

interface DiagnosticsPageProps {
  readonly view: AppView
  readonly doctor: Doctor
}

/** Finds problems, and collects information for support. */
export function DiagnosticsPage({ view: { version, update }, doctor }: DiagnosticsPageProps) {
  return (
    <>
      <PageHead
        title="Diagnostics"
        text="Checks everything between a client and your model, and tells you how to fix problems."
      />
      <Checks doctor={doctor} />
      <Report />
      <Version version={version} update={update} />
    </>
  )
}

function Checks({ doctor: { checks, isBusy, run } }: { readonly doctor: Doctor }) {
  return (
    <Card title="Checks">
      <div class="row spread">
        <p class="muted" role="status">
          {isBusy ? 'Checking. This takes a few seconds.' : summaryOf(checks)}
        </p>
        <Button kind="primary" icon="diagnostics" isBusy={isBusy} onPress={run}>
          {checks === null ? 'Run checks' : 'Run again'}
        </Button>
      </div>
      {isBusy && <progress aria-label="Checking" />}
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

function summaryOf(checks: Doctor['checks']): string {
  if (checks === null) return 'The checks change nothing.'
  const failed = checks.filter(({ level }) => level === 'fail').length
  const warned = checks.filter(({ level }) => level === 'warn').length
  const found = [
    ...(failed > 0 ? [toCount(failed, 'problem')] : []),
    ...(warned > 0 ? [toCount(warned, 'warning')] : []),
  ]
  return found.length === 0 ? 'No problems found.' : `${found.join(' and ')} found.`
}

function CheckRow({ result: { check, level, detail, fix } }: { readonly result: CheckView }) {
  const { word, icon } = LEVELS[level]
  return (
    <li class="check">
      <span class={`badge ${level}`}>
        <Icon name={icon} />
        {word}
      </span>
      <div>
        <h3>{CHECKS[check] ?? check}</h3>
        <p class="muted">{detail}</p>
        {fix !== null && <p class="fix">{fix}</p>}
      </div>
    </li>
  )
}

function Report() {
  const shell = useShell()
  const [path, setPath] = useState<string | null>(null)
  const exportReport = (): void =>
    shell.run('report', async () => {
      const answer = await shell.ask('report.export')
      if (answer.ok) setPath(answer.result.path)
    })
  return (
    <Card title="Report">
      <p class="muted">For the person who helps you. It contains no keys, tokens, prompts or answers.</p>
      {path !== null && (
        <p role="status">
          Saved as <code>{path}</code>
        </p>
      )}
      <div class="row">
        <Button isBusy={shell.isBusy('report')} onPress={exportReport}>
          Export report…
        </Button>
        <ActionButton action={{ id: 'openLogs', label: 'Open log folder' }} />
      </div>
    </Card>
  )
}

interface VersionProps {
  readonly version: string
  readonly update: UpdateView
}

function Version({ version, update: { kind, text, percent, action } }: VersionProps) {
  const canCheck = (kind === 'idle' || kind === 'failed') && action?.id !== 'checkForUpdates'
  return (
    <Card title="Version">
      <div class="row spread">
        <div>
          <p>
            <strong>CloudToLocalLLM {version}</strong>
          </p>
          <p class="muted" role="status">
            {text}
          </p>
        </div>
        <div class="row">
          {action !== null && <ActionButton action={action} kind="primary" />}
          {canCheck && <ActionButton action={{ id: 'checkForUpdates', label: 'Check for updates' }} />}
        </div>
      </div>
      {kind === 'downloading' && <progress aria-label="Download" max={100} value={percent ?? undefined} />}
      <div class="row links">
        <LinkButton target="documents">Documentation</LinkButton>
        <LinkButton target="releases">Release notes</LinkButton>
        <LinkButton target="license">License</LinkButton>
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
