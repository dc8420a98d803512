import { createWriteStream } from 'node:fs'
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

/** Writes an answer of the bridge to a file that only this user can read. @throws errors of the answer and the file */
export async function saveAnswer(answer: LocalAnswer, path: string): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 })
  const saved = Promise.withResolvers<void>()
  file.on('drain', () => answer.resume())
  file.on('finish', () => saved.resolve())
  file.on('error', (cause) => saved.reject(cause))
  answer.start({
    head() {},
    write: (chunk) => file.write(chunk),
    end: () => file.end(),
    fail: (cause) => saved.reject(cause),
  })
  try {
    await saved.promise
  } finally {
    answer.stop()
    file.destroy()
  }
}
