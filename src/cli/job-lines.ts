import { Translator } from '../shared/i18n/translator.ts'
import type { Job } from '../shared/jobs.ts'
import { minuteText } from './time-text.ts'

const WORDS = new Translator({ language: 'en', tag: 'en' }, {})

/** A job in one line, most important first: a narrow terminal cuts off the end. */
export function liveLineOf(job: Job): string {
  const { progress, state, model, type, queue_position: place, next_attempt_at: nextAt } = job
  const parts: string[] = [state]
  if (place !== null) parts.push(`number ${place} in the queue`)
  if (nextAt !== null) parts.push(`retry at ${timeOf(nextAt)}`)
  parts.push(progressOf(job))
  if (state === 'running') parts.push(...paceOf(job))
  parts.push(progress?.status ?? model ?? type)
  return parts.join('  ')
}

/** "31% of 4.0 GB", "190 of 200, 3 failed". */
export function progressOf({ counts: { total, completed, failed }, progress }: Job): string {
  if (progress === null || progress.total_bytes === 0)
    return `${completed + failed} of ${total}${failed > 0 ? `, ${failed} failed` : ''}`
  const percent = Math.floor((100 * progress.completed_bytes) / progress.total_bytes)
  return `${percent}% of ${WORDS.size(progress.total_bytes)}`
}

/** All facts that apply to a job, by label. */
export function factsOf(job: Job): readonly (readonly [name: string, value: string])[] {
  const { error, queue_position: place } = job
  const facts: [string, string | null][] = [
    ['Id', job.id],
    ['Type', job.type],
    ['Model', job.model],
    ['Key', job.key],
    ['State', job.state],
    ['Progress', [progressOf(job), ...paceOf(job)].join(', ')],
    ['Attempts', String(job.attempts)],
    ['Position', place === null ? null : `${place} in the queue`],
    ['Created', timeOf(job.created_at)],
    ['Started', timeOf(job.started_at)],
    ['Retry at', timeOf(job.next_attempt_at)],
    ['Finished', timeOf(job.finished_at)],
    ['Expires', timeOf(job.expires_at)],
    ['Error', error === null ? null : `${error.message} (${error.code})`],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
}

function timeOf(iso: string | null): string | null {
  return iso === null ? null : `${minuteText(Date.parse(iso))} UTC`
}

function paceOf({ state, progress }: Job): string[] {
  const { bytes_per_second: speed = null, eta_seconds: eta = null } = progress ?? {}
  if (state !== 'running') return []
  return [
    ...(speed === null ? [] : [`${WORDS.size(speed)}/s`]),
    ...(eta === null ? [] : [`${WORDS.duration(eta * 1000)} left`]),
  ]
}
