import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import { MAX_JOB_TEXT_CHARS, type JobProgress } from '../../shared/jobs.ts'
import type { AnswerSink } from '../forward/answer-flow.ts'
import { callUntil, LocalCall, type CollectedAnswer } from '../forward/local-call.ts'
import type { JobTask } from './job-task.ts'

/** Ollama names a few files; a server that names more is not counted beyond. */
const MAX_FILES = 1_000
const MAX_LINE_CHARS = 64 * 1024
const REPORT_EVERY_MS = 500
/** Speed is measured over this time, so that it is neither nervous nor out of date. */
const SPEED_WINDOW_MS = 10_000
const PERMANENT = /does not exist|not found|invalid|unauthorized|forbidden|newer version|no space|too large/i

/** A failure that the model server reports in the middle of its progress. */
export class TransferError extends Error {
  /** Whether bytes have arrived since the start: then the next attempt continues where this one ended. */
  readonly hasMoved: boolean
  /** Whether another attempt may succeed. */
  readonly canPass: boolean

  constructor(message: string, hasMoved: boolean, canPass: boolean) {
    super(message)
    this.hasMoved = hasMoved
    this.canPass = canPass
  }
}

/** Adds up the progress records of Ollama's pull and create (docs/api.md of ollama/ollama, "Pull a Model"). */
export class TransferProgress {
  readonly #now: () => number
  readonly #files = new Map<string, { readonly done: number; readonly total: number }>()
  #samples: { readonly atMs: number; readonly bytes: number }[] = []
  #status = ''
  #firstBytes: number | undefined
  isDone = false
  /** The model server's error, if it has reported one. */
  error: string | undefined

  /** @param now a monotonic time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** @param line one record */
  add(line: string): void {
    const { error, status, digest, total, completed } = parseJsonObject(line) ?? {}
    if (typeof error === 'string') this.error = error
    if (typeof status !== 'string') return
    this.#status = status.slice(0, MAX_JOB_TEXT_CHARS)
    if (status === 'success') this.isDone = true
    if (typeof digest !== 'string' || !isCount(total)) return
    if (!this.#files.has(digest) && this.#files.size >= MAX_FILES) return
    this.#files.set(digest, { total, done: isCount(completed) ? Math.min(completed, total) : 0 })
    this.#sample()
  }

  /** Whether any byte has arrived, other than those that were there before. */
  get hasMoved(): boolean {
    return this.#firstBytes !== undefined && this.#doneBytes > this.#firstBytes
  }

  get value(): JobProgress {
    const [done, total] = [this.#doneBytes, this.#sum('total')]
    const speed = this.#bytesPerSecond
    return {
      status: this.#status,
      completed_bytes: done,
      total_bytes: total,
      bytes_per_second: speed,
      eta_seconds: speed === null || speed === 0 ? null : Math.ceil((total - done) / speed),
    }
  }

  get #doneBytes(): number {
    return this.#sum('done')
  }

  get #bytesPerSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.atMs - first.atMs < 1_000) return null
    return Math.max(0, Math.round(((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs)))
  }

  #sample(): void {
    const atMs = this.#now()
    const bytes = this.#doneBytes
    this.#firstBytes ??= bytes
    const last = this.#samples.at(-1)
    if (last !== undefined && atMs - last.atMs < REPORT_EVERY_MS / 2) this.#samples.pop()
    this.#samples.push({ atMs, bytes })
    this.#samples = this.#samples.filter((sample) => atMs - sample.atMs <= SPEED_WINDOW_MS)
  }

  #sum(part: 'done' | 'total'): number {
    let sum = 0
    for (const file of this.#files.values()) sum += file[part]
    return sum
  }
}

/**
 * Executes a pull or a create, whose progress the model server streams. After an interruption the model server continues with the layers
 * that it has.
 * @throws TransferError, AppError; the reason of the task's signal
 */
export function runTransfer(task: JobTask): Promise<CollectedAnswer> {
  const { request, forwarder, signal } = task
  const answer = new TransferAnswer(task)
  return callUntil(signal, new LocalCall(request, answer), forwarder, answer.done)
}

/** Reads the answer to a pull or a create. */
class TransferAnswer implements AnswerSink {
  readonly #task: Pick<JobTask, 'clock' | 'report'>
  readonly #progress: TransferProgress
  readonly #decoder = new TextDecoder()
  readonly done = Promise.withResolvers<CollectedAnswer>()
  #status = 0
  #error: ErrorCode | undefined
  /** The incomplete last line; of a refusal everything. */
  #text = ''
  #reportedMs = -Infinity

  constructor(task: Pick<JobTask, 'clock' | 'report'>) {
    this.#task = task
    this.#progress = new TransferProgress(() => task.clock.monotonic())
  }

  head(status: number, _headers: RawHeaders, error?: ErrorCode): void {
    this.#status = status
    this.#error = error
  }

  write(chunk: Uint8Array): boolean {
    this.#text += this.#decoder.decode(chunk, { stream: true })
    if (this.#status === 200) this.#readLines()
    this.#text = this.#text.slice(0, MAX_LINE_CHARS)
    return true
  }

  end(): void {
    if (this.#status !== 200) return this.#resolve(this.#text)
    const progress = this.#progress
    progress.add(this.#text)
    this.#task.report(progress.value)
    if (progress.isDone) return this.#resolve('{"status":"success"}')
    const { error = new AppError('UPSTREAM_FAILED').message, hasMoved } = progress
    this.done.reject(new TransferError(error, hasMoved, !PERMANENT.test(error)))
  }

  fail(cause: unknown): void {
    const { message } = cause instanceof AppError ? cause : new AppError('UPSTREAM_FAILED')
    this.done.reject(new TransferError(message, this.#progress.hasMoved, true))
  }

  #readLines(): void {
    const lines = this.#text.split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) this.#progress.add(line)
    const { clock, report } = this.#task
    if (clock.monotonic() - this.#reportedMs < REPORT_EVERY_MS) return
    this.#reportedMs = clock.monotonic()
    report(this.#progress.value)
  }

  #resolve(text: string): void {
    this.done.resolve({
      status: this.#status,
      error: this.#error,
      contentType: 'application/json',
      retryAfterS: undefined,
      body: Buffer.from(text),
    })
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
