import { canRetry, hasResult, isFinal, type Job, type JobState, type JobType } from '../../../shared/jobs.ts'
import type { JobEntry } from '../../chat/chat-view.ts'
import type { ChatWords } from '../../words/words.ts'
import { Button } from '../button.tsx'
import { memo } from '../memo.tsx'
import { useChatShell } from '../shell.ts'
import { useWords } from '../words.ts'

const TYPES = {
  pull: 'jobPull',
  create: 'jobCreate',
  request: 'jobRequest',
  embed: 'jobEmbed',
  batch: 'jobBatch',
  response: 'jobResponse',
} as const satisfies Record<JobType, string>

const STATES = {
  queued: 'jobQueued',
  running: 'jobRunning',
  completed: 'jobCompleted',
  failed: 'jobFailed',
  cancelled: 'jobCancelled',
  expired: 'jobExpired',
} as const satisfies Record<JobState, string>

const TONES: Partial<Readonly<Record<JobState, string>>> = {
  completed: 'good',
  failed: 'bad',
  expired: 'bad',
}

interface JobRowProps {
  readonly entry: JobEntry
}

export const JobRow = memo<JobRowProps>(({ entry }) => {
  const words = useWords()
  const { job, device } = entry
  const type = words.t(TYPES[job.type])
  const name = job.model ?? type
  const facts = [
    ...(job.model === null ? [] : [type]),
    ...(device === null ? [] : [device]),
    ...factsOf(job, words),
  ]
  const share = shareOf(job)
  return (
    <li class="job">
      <div class="job-head">
        <bdi class="job-name">{name}</bdi>
        <span class={`tag ${TONES[job.state] ?? ''}`}>{words.t(STATES[job.state])}</span>
      </div>
      <p class="hint">
        <bdi>{facts.join(' · ')}</bdi>
      </p>
      {job.state === 'running' && share !== null && (
        <progress value={share} aria-label={words.t('jobProgress', { name })} />
      )}
      {job.error !== null && <p class="field-error">{job.error.message}</p>}
      <JobButtons entry={entry} name={name} />
    </li>
  )
})

function JobButtons({ entry, name }: JobRowProps & { readonly name: string }) {
  const { t } = useWords()
  const { actions } = useChatShell()
  const { job } = entry
  const isOver = isFinal(job.state)
  return (
    <div class="row">
      {!isOver && (
        <Button label={t('jobCancel', { name })} onPress={() => actions.changeJob(entry, 'cancel')}>
          {t('cancel')}
        </Button>
      )}
      {canRetry(job.state) && (
        <Button label={t('jobRetry', { name })} onPress={() => actions.changeJob(entry, 'retry')}>
          {t('jobRetryShort')}
        </Button>
      )}
      {hasResult(job) && (
        <Button label={t('jobSaveOf', { name })} onPress={() => actions.saveJobResult(entry)}>
          {t('jobSave')}
        </Button>
      )}
      {isOver && (
        <Button label={t('jobDelete', { name })} onPress={() => actions.changeJob(entry, 'delete')}>
          {t('delete')}
        </Button>
      )}
    </div>
  )
}

function factsOf({ state, counts, progress, queue_position: position }: Job, words: ChatWords): string[] {
  const { t } = words
  const { total, completed, failed } = counts
  const facts: string[] = []
  if (state === 'queued' && position !== null) facts.push(t('jobPosition', { position }))
  if (total > 1) facts.push(t('jobCounts', { done: completed + failed, total }))
  if (failed > 0 && total > 1) facts.push(t('jobFailures', { count: failed }))
  if (state !== 'running' || progress === null || progress.total_bytes === 0) return facts
  const { completed_bytes: done, total_bytes: all, bytes_per_second: speed, eta_seconds: left } = progress
  facts.push(t('jobBytes', { done: words.size(done), total: words.size(all) }))
  if (speed !== null) facts.push(t('jobSpeed', { size: words.size(speed) }))
  if (left !== null) facts.push(t('jobLeft', { time: words.duration(left * 1_000) }))
  return facts
}

/** From 0 to 1; `null` if a job has no measurable progress. */
function shareOf({ counts, progress }: Job): number | null {
  if (progress !== null && progress.total_bytes > 0) return progress.completed_bytes / progress.total_bytes
  return counts.total > 1 ? (counts.completed + counts.failed) / counts.total : null
}
