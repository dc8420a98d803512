import { useEffect, useId, useState } from 'preact/hooks'
import { isFinal, type Job } from '../../../shared/jobs.ts'
import { canonicalModelName } from '../../../shared/model-name.ts'
import { MAX_JOBS } from '../../chat/job-list.ts'
import type { ChatView, JobEntry } from '../../chat/chat-view.ts'
import { connectionBanner, ConnectionBanner } from '../banners.tsx'
import { Button } from '../button.tsx'
import { SheetDialog } from '../dialog.tsx'
import { problemText } from '../problem-text.ts'
import { useChatShell } from '../shell.ts'
import { useWords } from '../words.ts'
import { JobRow } from './job-row.tsx'

const MAX_MODEL_CHARS = 256

interface JobsSheetProps {
  readonly view: ChatView
  readonly onClose: () => void
}

/** The key's jobs, running and finished. */
export function JobsSheet({ view, onClose }: JobsSheetProps) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { entries, problem } = view.jobs
  const banner = connectionBanner(view, true, t)
  const text = problem && problemText(problem, t)
  useEffect(() => {
    actions.watchJobs(true)
    return () => actions.watchJobs(false)
  }, [actions])
  return (
    <SheetDialog title={t('jobs')} onClose={onClose}>
      <p class="hint">{t('jobsNote')}</p>
      {banner !== null && <ConnectionBanner banner={banner} />}
      {entries === null && banner === null && (
        <p class="nothing" role="status">
          {t('jobsLoading')}
        </p>
      )}
      {entries?.length === 0 && <p class="nothing">{t('jobsNone')}</p>}
      {entries !== null && entries.length > 0 && (
        <ul class="jobs">
          {entries.map((entry) => (
            <JobRow key={entry.job.id} entry={entry} />
          ))}
        </ul>
      )}
      {entries?.length === MAX_JOBS && <p class="hint">{t('jobsNewest', { count: MAX_JOBS })}</p>}
      <PullForm entries={entries ?? []} />
      {text !== null && (
        <p class="field-error" role="alert">
          {text.title} {text.note}
        </p>
      )}
    </SheetDialog>
  )
}

/** Downloads a model to the desktop. The name stays in the field until the job is queued. */
function PullForm({ entries }: { readonly entries: readonly JobEntry[] }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const [name, setName] = useState('')
  const [sent, setSent] = useState('')
  const id = useId()
  const isQueued = sent !== '' && entries.some(({ job }) => isPullOf(job, sent))
  useEffect(() => {
    if (!isQueued) return
    setName('')
    setSent('')
  }, [isQueued])
  const pull = (event: Event): void => {
    event.preventDefault()
    actions.pullModel(name)
    setSent(name.trim())
  }
  return (
    <form class="field" onSubmit={pull}>
      <label for={id}>{t('pullTitle')}</label>
      <div class="key-row">
        <input
          id={id}
          class="input"
          value={name}
          maxLength={MAX_MODEL_CHARS}
          aria-describedby={`${id}-hint`}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="go"
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Button type="submit" isDisabled={name.trim() === ''}>
          {t('pullButton')}
        </Button>
      </div>
      <p class="hint" id={`${id}-hint`}>
        {t('pullHint')}
      </p>
    </form>
  )
}

function isPullOf({ type, state, model }: Job, name: string): boolean {
  return (
    type === 'pull' &&
    !isFinal(state) &&
    model !== null &&
    canonicalModelName(model) === canonicalModelName(name)
  )
}
