import { useEffect, useRef, useState } from 'preact/hooks'
import type { JobsView, JobView } from '../../shared/ipc/jobs-view.ts'
import { useNow } from '../clock.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState, Message, PageHead } from '../parts/card.tsx'
import { Sentence } from '../parts/sentence.tsx'
import { useShell } from '../shell.ts'
import { useWords, type WindowWords } from '../words/window-words.ts'
import { percentOf } from './job-progress.ts'

const PILLS = {
  queued: '',
  running: 'connecting',
  completed: 'online',
  failed: 'attention',
  cancelled: '',
  expired: '',
} as const

/** Work that continues without its client. Reads the jobs every second while it is shown. */
export function JobsPage() {
  const { t } = useWords()
  const now = useNow()
  const { jobs, error, load } = useJobs(now)
  return (
    <>
      <PageHead title={t('jobs.title')} text={t('jobs.text')} />
      {error !== null && <Message kind="error" text={error} />}
      {jobs === null && error === null && (
        <p class="muted" role="status">
          {t('jobs.loading')}
        </p>
      )}
      {jobs !== null && <Jobs view={jobs} now={now} onChange={load} />}
    </>
  )
}

interface JobsSource {
  /** `null` until the first answer. */
  readonly jobs: JobsView | null
  readonly error: string | null
  readonly load: () => void
}

function useJobs(now: number): JobsSource {
  const shell = useShell()
  const [jobs, setJobs] = useState<JobsView | null>(null)
  const [error, setError] = useState<string | null>(null)
  const asked = useRef(0)
  const load = (): void => {
    asked.current = now
    shell.run('jobs', async () => {
      const answer = await shell.request('jobs.list')
      setError(answer.ok ? null : answer.error.message)
      if (answer.ok) setJobs(answer.result)
    })
  }
  useEffect(() => {
    if (asked.current !== now) load()
  })
  return { jobs, error, load }
}

interface JobsProps {
  readonly view: JobsView
  readonly now: number
  readonly onChange: () => void
}

function Jobs({ view: { isAvailable, hold, jobs }, now, onChange }: JobsProps) {
  const { t } = useWords()
  if (!isAvailable)
    return <EmptyState icon="jobs" title={t('jobs.unavailable')} text={t('jobs.unavailable.text')} />
  if (jobs.length === 0) return <EmptyState icon="jobs" title={t('jobs.none')} text={t('jobs.none.text')} />
  return (
    <>
      {hold !== null && <Message kind="info" text={t(`jobs.hold.${hold}`)} />}
      <ul class="list">
        {jobs.map((job) => (
          <JobCard key={job.id} job={job} now={now} onChange={onChange} />
        ))}
      </ul>
    </>
  )
}

interface JobCardProps extends Pick<JobsProps, 'now' | 'onChange'> {
  readonly job: JobView
}

function JobCard({ job, now, onChange }: JobCardProps) {
  const words = useWords()
  const { t } = words
  const { id, type, state, model, key, createdAt, error, isOver } = job
  const name = model ?? t(`jobs.${type}`)
  const percent = percentOf(job)
  const facts = factsOf(words, job)
  return (
    <li class="card job">
      <h2 class="state-line" title={id}>
        <bdi>{name}</bdi>
        <span class={`pill ${PILLS[state]}`}>{t(`jobs.${state}`)}</span>
      </h2>
      <p class="muted">
        {t(`jobs.${type}`)} · <bdi>{key}</bdi> · {t('jobs.created', { time: words.moment(createdAt, now) })}
      </p>
      {!isOver && state === 'running' && (
        <progress aria-label={t('jobs.progress', { name })} max={100} value={percent ?? undefined} />
      )}
      {facts !== '' && <p>{facts}</p>}
      {error !== null && <p class="request-error">{error}</p>}
      <JobButtons job={job} name={name} onChange={onChange} />
    </li>
  )
}

/** "1.2 GB of 4 GB, 23 MB/s, 2m 5s left". */
function factsOf(words: WindowWords, job: JobView): string {
  const { t } = words
  const { transfer, position, total, completed, failed, state } = job
  const facts: string[] = []
  if (position !== null) facts.push(t('jobs.position', { position }))
  if (transfer !== null && state === 'running') {
    const { completedBytes, totalBytes, bytesPerS, leftMs } = transfer
    facts.push(t('jobs.bytes', { done: words.size(completedBytes), total: words.size(totalBytes) }))
    if (bytesPerS !== null) facts.push(t('jobs.speed', { size: words.size(bytesPerS) }))
    if (leftMs !== null) facts.push(t('jobs.left', { time: words.duration(leftMs) }))
  }
  if (total > 1) facts.push(t('jobs.counts', { done: completed, total }))
  if (total > 1 && failed > 0) facts.push(t('jobs.failures', { count: failed }))
  return words.list(facts)
}

type JobAction = 'save' | 'retry' | 'remove' | 'cancel'

interface JobButtonsProps extends Pick<JobCardProps, 'job' | 'onChange'> {
  readonly name: string
}

function JobButtons({ job: { id, isOver, canRetry, hasResult }, name, onChange }: JobButtonsProps) {
  const words = useWords()
  const { t } = words
  const shell = useShell()
  const [path, setPath] = useState<string | null>(null)
  const save = async (): Promise<void> => {
    const answer = await shell.ask('jobs.save', { id })
    if (answer.ok) setPath(answer.result.path)
  }
  const button = (action: JobAction, work: () => Promise<unknown>) => (
    <Button
      kind={action === 'remove' ? 'quiet danger' : 'quiet'}
      label={t(`jobs.${action}Label`, { name })}
      isBusy={shell.isBusy(`${action} ${id}`)}
      onPress={() => shell.run(`${action} ${id}`, () => work().then(onChange))}
    >
      {t(`jobs.${action}`)}
    </Button>
  )
  return (
    <>
      {path !== null && (
        <p class="muted" role="status">
          <Sentence of={words.pieces('saved.as', { path })} tag="code" />
        </p>
      )}
      <div class="row">
        {hasResult && button('save', save)}
        {canRetry && button('retry', () => shell.ask('jobs.retry', { id }))}
        {isOver
          ? button('remove', () => shell.ask('jobs.remove', { id }))
          : button('cancel', () => shell.ask('jobs.cancel', { id }))}
      </div>
    </>
  )
}
