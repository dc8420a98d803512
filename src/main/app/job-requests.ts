import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { LocalAnswer } from '../../bridge/forward/local-answer.ts'
import type { JobsView } from '../../shared/ipc/jobs-view.ts'
import { toJobView } from '../view/job-view.ts'
import type { ViewWords } from '../view/words/view-words.ts'
import type { OpenApp } from './app-core.ts'

const MAX_LISTED = 200

/** The newest jobs of this device. @throws AppError */
export function jobsOf({ bridge }: OpenApp, words: ViewWords): JobsView {
  const { jobs } = bridge.snapshot
  if (jobs === undefined) return { isAvailable: false, hold: null, jobs: [] }
  const listed = bridge.jobs.list(MAX_LISTED).map((job) => toJobView(words, job))
  return { isAvailable: true, hold: jobs.hold, jobs: listed }
}

/**
 * Writes an answer of the bridge to a file that only this user can read. A file of that name is replaced once the answer is complete.
 * @throws errors of the answer and the file
 */
export async function saveAnswer(answer: LocalAnswer, path: string): Promise<void> {
  const partialPath = `${path}.${randomUUID().slice(0, 8)}.part`
  try {
    await writeAnswer(answer, partialPath)
    await rename(partialPath, path)
  } catch (cause) {
    await rm(partialPath, { force: true })
    throw cause
  }
}

/** Settles once the file is closed. */
async function writeAnswer(answer: LocalAnswer, path: string): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600, flush: true })
  const closed = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<never>()
  file.on('drain', () => answer.resume())
  file.on('error', (cause) => failed.reject(cause))
  file.on('close', () => closed.resolve())
  answer.start({
    head() {},
    write: (chunk) => file.write(chunk),
    end: () => file.end(),
    fail(cause) {
      failed.reject(cause)
      file.destroy()
    },
  })
  try {
    await Promise.race([failed.promise, closed.promise])
  } finally {
    answer.stop()
    await closed.promise
  }
}
