// Real timers instead of the clock port: they must keep the command alive.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ControlRequest } from '../bridge/data-dir/control.ts'
import { request, withDataDir } from '../bridge/data-dir/owner-lock.ts'
import { jobHandlers } from '../bridge/jobs/job-commands.ts'
import { openLocalJobs } from '../bridge/profile/profile.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import { isFinal, JOB_STATES, parseJob, type Job, type JobState } from '../shared/jobs.ts'
import { factsOf, liveLineOf, progressOf } from './job-lines.ts'
import { noticesOn } from './open-profile.ts'
import type { Output } from './output.ts'
import { shutdownAsked } from './shutdown.ts'
import { sayTable } from './table.ts'

const LIMIT = 200
const POLL_MS = 500
/** Longer values are refused by the running bridge. */
const MAX_ID_CHARS = 64
const MAX_MODEL_CHARS = 512
/** The exit code with which shells report Ctrl-C. */
const INTERRUPTED = 130

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
  const job = toJob(await ask(dataDir, about('jobs.show', id), output))
  output.json(job)
  for (const [name, value] of factsOf(job)) output.say(`${name.padEnd(9)} ${value}`)
}

/**
 * Prints a job whenever it changes, until its end or Ctrl-C, which does not affect the job.
 * @throws AppError JOB_NOT_FOUND; CONFIG_INVALID if no bridge works on it; UPSTREAM_FAILED if the job does not complete
 */
export async function watchJob(dataDir: string, id: string, output: Output): Promise<void> {
  const stopped = shutdownAsked().then(() => true)
  let seen = -1
  for (let isStopped = false; !isStopped;) {
    const asked = about('jobs.show', id)
    const answer = await request(dataDir, asked).catch(explain)
    const job = toJob(answer === null ? await ask(dataDir, asked, output) : answer.result)
    if (job.revision !== seen) output.json(job)
    seen = job.revision
    output.showLive(liveLineOf(job))
    if (isFinal(job.state)) return endWatch(job, output)
    if (answer === null) {
      output.endLive()
      throw new AppError(
        'CONFIG_INVALID',
        'No bridge is running with this data directory, so the job waits. Start one: cloudtolocalllm bridge',
      )
    }
    isStopped = await Promise.race([stopped, sleep(POLL_MS, false)])
  }
  output.endLive()
  output.say(`The job continues. Follow it again: cloudtolocalllm jobs watch ${id}`)
  process.exitCode = INTERRUPTED
}

function endWatch(job: Job, output: Output): void {
  output.endLive()
  if (!output.isLive) output.say(liveLineOf(job))
  if (job.state !== 'completed')
    throw new AppError('UPSTREAM_FAILED', job.error?.message ?? `The job is ${job.state}.`)
}

/** @param action the command: `cancel` or `retry` @throws AppError JOB_NOT_FOUND, JOB_NOT_FINISHED */
export async function changeJob(
  dataDir: string,
  action: 'cancel' | 'retry',
  id: string,
  output: Output,
): Promise<void> {
  const job = toJob(await ask(dataDir, about(`jobs.${action}`, id), output))
  if (action === 'retry' && job.state === 'completed')
    throw new AppError('CONFIG_INVALID', 'The job is completed, so there is nothing to retry.')
  output.json(job)
  output.say(`Job ${job.id} is ${job.state}.`)
}

/** Queues the download of a model. @throws AppError CONFIG_INVALID */
export async function pullModel(dataDir: string, model: string, output: Output): Promise<void> {
  if (model.length > MAX_MODEL_CHARS)
    throw new AppError('CONFIG_INVALID', 'This is not a valid model name. An example is llama3.2.')
  const job = toJob(await ask(dataDir, { op: 'jobs.pull', model }, output))
  output.json(job)
  output.say(`Queued the download of ${model} as ${job.id}.`)
  output.say(`Follow it: cloudtolocalllm jobs watch ${job.id}`)
}

function toState(text: string): JobState {
  const state = JOB_STATES.find((known) => known === text)
  if (state !== undefined) return state
  throw new AppError('CONFIG_INVALID', `--state must be one of ${JOB_STATES.join(', ')}`)
}

function toJob(value: unknown): Job {
  const job = parseJob(value)
  if (job === undefined) throw new AppError('INTERNAL', 'The running bridge sent an invalid job.')
  return job
}

function ask(dataDir: string, asked: ControlRequest, output: Output): Promise<unknown> {
  return withDataDir(dataDir, asked, async (onClose) =>
    jobHandlers(await openLocalJobs(dataDir, noticesOn(output), onClose)),
  ).catch(explain)
}

/** The owner sees the jobs of all keys, so an unknown id belongs to none. */
function explain(cause: unknown): never {
  throw toAppError(cause).code === 'JOB_NOT_FOUND' ? notFound() : cause
}

/** A request about one job. @throws AppError JOB_NOT_FOUND */
function about(op: string, id: string): ControlRequest {
  if (id.length > MAX_ID_CHARS) throw notFound()
  return { op, id }
}

function notFound(): AppError {
  return new AppError('JOB_NOT_FOUND', 'No job has this id. List them: cloudtolocalllm jobs list')
}
