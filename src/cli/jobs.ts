// Real timers instead of the clock port: they must keep the command alive.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ControlRequest } from '../bridge/data-dir/control.ts'
import { request, withDataDir } from '../bridge/data-dir/owner-lock.ts'
import { jobHandlers } from '../bridge/jobs/job-commands.ts'
import { openLocalJobs } from '../bridge/profile/profile.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import { isFinal, JOB_STATES, parseJob, type Job, type JobState } from '../shared/jobs.ts'
import type { Output } from './output.ts'
import { sayTable } from './table.ts'
import { minuteText } from './time-text.ts'

const LIMIT = 200
const POLL_MS = 500
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Lists the jobs of this device, newest first. @throws AppError */
export async function listJobs(dataDir: string, state: string | undefined, output: Output): Promise<void> {
  const states = state === undefined ? undefined : state.split(',').map(toState)
  const jobs = z
    .array(z.unknown())
    .parse(await ask(dataDir, { op: 'jobs.list', limit: LIMIT, states }, output))
    .map(toJob)
  for (const job of jobs) output.json(job)
  if (jobs.length === 0) return output.say('No jobs.')
  sayTable(
    ['Model', 'Id', 'Type', 'State', 'Progress'],
    jobs.map((job) => [job.model ?? '–', job.id, job.type, job.state, progressOf(job)]),
    output,
  )
}

/** Prints everything about one job. @throws AppError JOB_NOT_FOUND */
export async function showJob(dataDir: string, id: string, output: Output): Promise<void> {
  say(toJob(await ask(dataDir, { op: 'jobs.show', id }, output)), output)
}

/** Prints a job whenever it changes, until its end. @throws AppError JOB_NOT_FOUND; UPSTREAM_FAILED if the job does not complete */
export async function watchJob(dataDir: string, id: string, output: Output): Promise<void> {
  let seen = -1
  for (;;) {
    const answer = await request(dataDir, { op: 'jobs.show', id }).catch(explain)
    if (answer === null)
      throw new AppError(
        'CONFIG_INVALID',
        'No bridge is running with this data directory. Start one: cloudtolocalllm bridge',
      )
    const job = toJob(answer.result)
    if (job.revision !== seen) output.json(job)
    seen = job.revision
    output.showLive(lineOf(job))
    if (isFinal(job.state)) {
      output.endLive()
      if (!output.isLive) output.say(lineOf(job))
      if (job.state !== 'completed')
        throw new AppError('UPSTREAM_FAILED', job.error?.message ?? `The job is ${job.state}.`)
      return
    }
    await sleep(POLL_MS)
  }
}

/** @param action the command: `cancel` or `retry` @throws AppError JOB_NOT_FOUND, JOB_NOT_FINISHED */
export async function changeJob(
  dataDir: string,
  action: 'cancel' | 'retry',
  id: string,
  output: Output,
): Promise<void> {
  const job = toJob(await ask(dataDir, { op: `jobs.${action}`, id }, output))
  if (action === 'retry' && job.state === 'completed')
    throw new AppError('CONFIG_INVALID', 'The job is completed, so there is nothing to retry.')
  output.json(job)
  output.say(`Job ${job.id} is ${job.state}.`)
}

/** Queues the download of a model. @throws AppError CONFIG_INVALID */
export async function pullModel(dataDir: string, model: string, output: Output): Promise<void> {
  const job = toJob(await ask(dataDir, { op: 'jobs.pull', model }, output))
  output.json(job)
  output.say(`Queued the download of ${model} as ${job.id}.`)
  output.say(`Follow it: cloudtolocalllm jobs watch ${job.id}`)
}

function say(job: Job, output: Output): void {
  output.json(job)
  const { counts, error } = job
  const facts: [string, string | null][] = [
    ['Id', job.id],
    ['Type', job.type],
    ['Model', job.model],
    ['Key', job.key],
    ['State', job.state],
    ['Progress', progressOf(job)],
    ['Failed', counts.failed === 0 ? null : String(counts.failed)],
    ['Attempts', String(job.attempts)],
    ['Position', job.queue_position === null ? null : String(job.queue_position)],
    ['Created', timeOf(job.created_at)],
    ['Started', timeOf(job.started_at)],
    ['Next try', timeOf(job.next_attempt_at)],
    ['Finished', timeOf(job.finished_at)],
    ['Expires', timeOf(job.expires_at)],
    ['Error', error === null ? null : `${error.message} (${error.code})`],
  ]
  for (const [name, value] of facts) if (value !== null) output.say(`${name.padEnd(9)} ${value}`)
}

function timeOf(iso: string | null): string | null {
  return iso === null ? null : `${minuteText(Date.parse(iso))} UTC`
}

function lineOf(job: Job): string {
  const { progress, model, state } = job
  const speed = progress?.bytes_per_second ?? null
  const eta = progress?.eta_seconds ?? null
  const parts = [state, progress?.status ?? model ?? job.type, progressOf(job)]
  if (state === 'running' && speed !== null) parts.push(`${sizeOf(speed)}/s`)
  if (state === 'running' && eta !== null) parts.push(`${eta} s left`)
  return parts.join('  ')
}

function progressOf({ counts, progress }: Job): string {
  if (progress === null || progress.total_bytes === 0)
    return `${counts.completed + counts.failed} of ${counts.total}`
  const percent = Math.floor((100 * progress.completed_bytes) / progress.total_bytes)
  return `${percent} % of ${sizeOf(progress.total_bytes)}`
}

function sizeOf(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`
}

function toState(text: string): JobState {
  const state = JOB_STATES.find((known) => known === text)
  if (state !== undefined) return state
  throw new AppError('CONFIG_INVALID', `--state must be one of ${JOB_STATES.join(', ')}.`)
}

function toJob(value: unknown): Job {
  const job = parseJob(value)
  if (job === undefined) throw new AppError('INTERNAL', 'The running bridge sent an invalid job.')
  return job
}

function ask(dataDir: string, asked: ControlRequest, output: Output): Promise<unknown> {
  return withDataDir(dataDir, asked, async () =>
    jobHandlers(await openLocalJobs(dataDir, (sentence) => output.warn(sentence))),
  ).catch(explain)
}

/** The owner sees the jobs of all keys, so an unknown id belongs to none. */
function explain(cause: unknown): never {
  if (toAppError(cause).code !== 'JOB_NOT_FOUND') throw cause
  throw new AppError('JOB_NOT_FOUND', 'There is no job with this id. List them: cloudtolocalllm jobs list')
}
