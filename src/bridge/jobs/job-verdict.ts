import type { Random } from '../../shared/clock.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import type { JobError } from '../../shared/jobs.ts'
import type { CollectedAnswer } from '../forward/local-call.ts'
import type { JobHold } from './job-queue.ts'
import { toJobError } from './job-record.ts'
import { TransferError } from './model-transfer.ts'

/** The consequence of an attempt. */
export type JobVerdict =
  | { readonly kind: 'done' }
  /** Trying again would not help. */
  | { readonly kind: 'failed'; readonly error: JobError }
  /** A failure that can pass. */
  | {
      readonly kind: 'retry'
      readonly error: JobError
      readonly afterS: number
      /** Whether it uses up an attempt. */
      readonly isCounted: boolean
    }
  /** Nothing was tried: the key has to wait … */
  | { readonly kind: 'keyWait'; readonly afterS: number }
  /** … or everything. */
  | { readonly kind: 'wait'; readonly hold: JobHold; readonly afterS: number }
  /** The key is no longer valid. */
  | { readonly kind: 'revoked'; readonly error: JobError }

/** How long everything waits if the model server does not respond: until it is found to be back, and at most this long. */
const DOWN_S = 10
const BUSY_S = 5
const MAX_DELAY_MS = 6 * 3_600_000
const JITTER = 0.2

/** @param attempt an answer, or the reason why there is none */
export function verdictOn(attempt: CollectedAnswer | AppError | TransferError): JobVerdict {
  if (attempt instanceof TransferError) return verdictOnTransfer(attempt)
  if (attempt instanceof AppError) return verdictOnCode(attempt.code, attempt.message, 0)
  const { status, error, retryAfterS = 0 } = attempt
  if (error !== undefined) return verdictOnCode(error, messageIn(attempt.body), retryAfterS)
  if (status < 400) return { kind: 'done' }
  const failure = toJobError(`HTTP_${status}`, messageIn(attempt.body) || statusText(status))
  const canPass = status === 408 || status === 429 || status >= 500
  return canPass
    ? { kind: 'retry', error: failure, afterS: retryAfterS, isCounted: true }
    : { kind: 'failed', error: failure }
}

/** A download that came further than before does not use up an attempt: the line may be lost for hours. */
function verdictOnTransfer({ message, hasMoved, canPass }: TransferError): JobVerdict {
  const error = toJobError('UPSTREAM_FAILED', message)
  return canPass ? { kind: 'retry', error, afterS: 0, isCounted: !hasMoved } : { kind: 'failed', error }
}

function verdictOnCode(code: ErrorCode, message: string, retryAfterS: number): JobVerdict {
  const error = toJobError(code, message || new AppError(code).message)
  switch (code) {
    case 'KEY_UNKNOWN':
      return { kind: 'revoked', error }
    case 'TOO_MANY_REQUESTS':
      return { kind: 'keyWait', afterS: Math.max(1, retryAfterS) }
    case 'UPSTREAM_UNREACHABLE':
    case 'UPSTREAM_UNAUTHORIZED':
      return { kind: 'wait', hold: 'upstream', afterS: DOWN_S }
    case 'DRAINING':
    case 'TOO_MANY_BYTES':
    case 'MEMORY_FULL':
      return { kind: 'wait', hold: 'live', afterS: BUSY_S }
    case 'UPSTREAM_FAILED':
      return { kind: 'retry', error, afterS: retryAfterS, isCounted: true }
    default:
      return { kind: 'failed', error }
  }
}

/**
 * The pause before the next attempt: doubles each time, with jitter, so that jobs that failed together do not return together.
 * @param attempts so far
 * @param atLeastS as the model server wishes
 */
export function retryDelayMs(attempts: number, baseMs: number, atLeastS: number, random: Random): number {
  const doubled = baseMs * 2 ** (Math.min(attempts, 20) - 1)
  const jittered = doubled * (1 - JITTER + 2 * JITTER * random())
  return Math.min(MAX_DELAY_MS, Math.max(jittered, atLeastS * 1000))
}

/** For a failure without a text. */
export function statusText(status: number): string {
  return `The model server responded with ${status}.`
}

/** The text of an error in any of the dialects. */
function messageIn(body: Uint8Array): string {
  const { error, message } = parseJsonObject(new TextDecoder().decode(body.subarray(0, 64 * 1024))) ?? {}
  if (typeof error === 'string') return error
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message)
  return typeof message === 'string' ? message : ''
}
