/**
 * A job as clients, relays and the window see it: its kind, its state and its progress, never a prompt or an answer.
 * The names of the fields are those of the HTTP API (docs/jobs.md).
 */
import { isJsonObject, type JsonObject } from './json-object.ts'

/** Response header with the id of the job that the request created. */
export const JOB_ID_FIELD = 'x-job-id'

export const JOB_TYPES = ['pull', 'create', 'request', 'embed', 'batch', 'response'] as const
export type JobType = (typeof JOB_TYPES)[number]

export const JOB_STATES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'expired'] as const
export type JobState = (typeof JOB_STATES)[number]

export interface JobCounts {
  /** Requests of the job. */
  readonly total: number
  readonly completed: number
  readonly failed: number
}

export interface JobProgress {
  /** The model server's own words: `pulling 8eeb52dfb3bb`. */
  readonly status: string
  readonly completed_bytes: number
  /** Bytes that are known so far; the model server names its files one by one. */
  readonly total_bytes: number
  /** `null` until it is known. */
  readonly bytes_per_second: number | null
  readonly eta_seconds: number | null
}

export interface JobError {
  /** A code of the error table, or the status that the model server responded with: `HTTP_400`. */
  readonly code: string
  readonly message: string
}

/** Times are in ISO 8601. Fields that do not apply are `null`. */
export interface Job {
  readonly id: string
  readonly type: JobType
  readonly state: JobState
  /** Increases with every change, also across restarts. */
  readonly revision: number
  readonly model: string | null
  /** Name of the key that created the job. */
  readonly key: string
  readonly created_at: string
  readonly started_at: string | null
  readonly finished_at: string | null
  /** When an unfinished job is given up, and a finished one is deleted. */
  readonly expires_at: string
  readonly counts: JobCounts
  readonly progress: JobProgress | null
  /** Attempts of the request that was tried most often. */
  readonly attempts: number
  readonly next_attempt_at: string | null
  /** Position among the waiting jobs, from 1. */
  readonly queue_position: number | null
  readonly error: JobError | null
}

/** Whether a job in this state changes only if it is retried or deleted. */
export function isFinal(state: JobState): boolean {
  return state !== 'queued' && state !== 'running'
}

/** Whether a job in this state can be queued again. */
export function canRetry(state: JobState): boolean {
  return isFinal(state) && state !== 'completed'
}

/** Whether a job has a result to save: the end of a download is all that there is of it. */
export function hasResult({ type, state }: Pick<Job, 'type' | 'state'>): boolean {
  return state === 'completed' && type !== 'pull' && type !== 'create'
}

const MAX_ID_CHARS = 64
/** Longer texts are truncated when a job is created, and refused when one is received. */
export const MAX_JOB_TEXT_CHARS = 600
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/

/** Parses a job from another process, without unknown fields; `undefined` if it is invalid. */
export function parseJob(value: unknown): Job | undefined {
  if (!isJsonObject(value)) return undefined
  const { type, state, key, attempts, id, model } = value
  const { created_at: createdAt, expires_at: expiresAt } = value
  const counts = parseCounts(value['counts'])
  const [progress, error] = [parseProgress(value['progress']), parseError(value['error'])]
  const revision = value['revision']
  if (!isText(id, MAX_ID_CHARS) || id === '' || !isCount(revision) || !isCount(attempts)) return undefined
  if (!isOneOf(JOB_TYPES, type) || !isOneOf(JOB_STATES, state) || !isText(key)) return undefined
  if (!isTime(createdAt) || !isTime(expiresAt) || !isNullOr(isText, model)) return undefined
  if (counts === undefined || progress === undefined || error === undefined) return undefined
  const rest = parseRest(value)
  if (rest === undefined) return undefined
  const known = { id, type, state, revision, model, key, counts, progress, attempts, error }
  return { ...known, ...rest, created_at: createdAt, expires_at: expiresAt }
}

type Rest = Pick<Job, 'started_at' | 'finished_at' | 'next_attempt_at' | 'queue_position'>

function parseRest(value: JsonObject): Rest | undefined {
  const { started_at, finished_at, next_attempt_at, queue_position } = value
  if (!isNullOr(isTime, started_at) || !isNullOr(isTime, finished_at)) return undefined
  if (!isNullOr(isTime, next_attempt_at) || !isNullOr(isCount, queue_position)) return undefined
  return { started_at, finished_at, next_attempt_at, queue_position }
}

function parseCounts(value: unknown): JobCounts | undefined {
  const { total, completed, failed } = isJsonObject(value) ? value : {}
  if (!isCount(total) || !isCount(completed) || !isCount(failed)) return undefined
  return { total, completed, failed }
}

function parseProgress(value: unknown): JobProgress | null | undefined {
  if (value === null) return null
  const { status, completed_bytes, total_bytes, bytes_per_second, eta_seconds } = isJsonObject(value)
    ? value
    : {}
  if (!isText(status) || !isCount(completed_bytes) || !isCount(total_bytes)) return undefined
  if (!isNullOr(isCount, bytes_per_second) || !isNullOr(isCount, eta_seconds)) return undefined
  return { status, completed_bytes, total_bytes, bytes_per_second, eta_seconds }
}

function parseError(value: unknown): JobError | null | undefined {
  if (value === null) return null
  const { code, message } = isJsonObject(value) ? value : {}
  return isText(code, MAX_ID_CHARS) && isText(message) ? { code, message } : undefined
}

function isText(value: unknown, maxChars = MAX_JOB_TEXT_CHARS): value is string {
  return typeof value === 'string' && value.length <= maxChars
}

function isTime(value: unknown): value is string {
  return isText(value, MAX_ID_CHARS) && TIME.test(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isNullOr<T>(is: (value: unknown) => value is T, value: unknown): value is T | null {
  return value === null || is(value)
}

function isOneOf<T extends string>(all: readonly T[], value: unknown): value is T {
  return typeof value === 'string' && (all as readonly string[]).includes(value)
}
