import { statusText } from '../../bridge/jobs/job-verdict.ts'
import { AppError, isErrorCode } from '../../shared/errors.ts'
import type { JobError } from '../../shared/jobs.ts'
import { errorTextOf, type ViewWords } from './words/view-words.ts'

const STATUS = /^HTTP_(\d{3})$/

/** Why a job failed: in the language of the app, or as the model server put it. */
export function jobErrorTextOf(words: ViewWords, { code, message }: JobError): string {
  const status = STATUS.exec(code)?.[1]
  if (status !== undefined && message === statusText(Number(status)))
    return words.t('request.status', { status })
  if (!isErrorCode(code)) return message
  // A model server's own report has this code too.
  const isOurs = code !== 'UPSTREAM_FAILED' || message === new AppError(code).message
  return isOurs ? errorTextOf(words, code) : message
}
