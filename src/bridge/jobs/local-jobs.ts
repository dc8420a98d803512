import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { isFinal, JOB_STATES, type Job, type JobState } from '../../shared/jobs.ts'
import type { LocalAnswer } from '../forward/local-answer.ts'
import { LOCAL_GRANT } from '../policy/grant.ts'
import { parseJobRequest } from './job-request.ts'
import { jobResultFor } from './job-result.ts'
import type { JobScope } from './job-queries.ts'
import type { JobStore } from './job-store.ts'

const DEVICE: JobScope = { kind: 'device' }
const FINAL_STATES = JOB_STATES.filter(isFinal)
const PAGE = 100
const MODEL_NAME = /^\w[\w.-]*(?:[/:@]\w[\w.-]*)*$/

/** The jobs as the user of this device sees and changes them, in the window and on the command line. */
export class LocalJobs {
  readonly #store: JobStore | null
  readonly #ownerId: () => string | Promise<string>

  /**
   * @param store `null` if jobs cannot be stored: then everything is refused with JOBS_UNAVAILABLE
   * @param ownerId the owner of this device; empty if it has none
   */
  constructor(store: JobStore | null, ownerId: () => string | Promise<string>) {
    this.#store = store
    this.#ownerId = ownerId
  }

  /** Newest first. */
  list(limit: number, states?: readonly JobState[]): readonly Job[] {
    const store = this.#open()
    return store.toJobs(store.list(DEVICE, { limit, states }).jobs)
  }

  /** @throws AppError JOB_NOT_FOUND */
  show(id: string): Job {
    const store = this.#open()
    const [job] = store.toJobs([store.get(DEVICE, id)])
    if (job === undefined) throw new AppError('JOB_NOT_FOUND')
    return job
  }

  /** @throws AppError JOB_NOT_FOUND, and as `jobResultFor` */
  result(id: string): LocalAnswer {
    const store = this.#open()
    return jobResultFor(store, store.get(DEVICE, id))
  }

  /** Does nothing to a job that is over. @throws AppError JOB_NOT_FOUND */
  cancel(id: string): Job {
    const store = this.#open()
    store.cancel(store.get(DEVICE, id).n)
    return this.show(id)
  }

  /** @throws AppError JOB_NOT_FOUND, JOB_NOT_FINISHED */
  retry(id: string): Job {
    const store = this.#open()
    store.retry(store.get(DEVICE, id).n)
    return this.show(id)
  }

  /** @throws AppError JOB_NOT_FOUND, JOB_NOT_FINISHED */
  remove(id: string): void {
    const store = this.#open()
    store.remove(store.get(DEVICE, id).n)
  }

  /** Deletes all jobs that are over. @returns their number */
  clear(): number {
    const store = this.#open()
    for (let count = 0; ;) {
      const { jobs, hasMore } = store.list(DEVICE, { limit: PAGE, states: FINAL_STATES })
      for (const { n } of jobs) store.remove(n)
      count += jobs.length
      if (!hasMore) return count
    }
  }

  /** Queues the download of a model. @throws AppError CONFIG_INVALID for a name that no model can have, TOO_MANY_JOBS */
  async pull(model: string): Promise<Job> {
    const store = this.#open()
    if (!MODEL_NAME.test(model)) throw new AppError('CONFIG_INVALID', errorCase('case.modelName'))
    const body = Buffer.from(JSON.stringify({ type: 'pull', model }))
    const memory = { take() {}, giveBack() {} }
    const { items } = await parseJobRequest(body, { grant: LOCAL_GRANT, localName: (name) => name, memory })
    const ownerId = await this.#ownerId()
    const { id } = store.create(
      { type: 'pull', ownerId, grant: LOCAL_GRANT, caller: { kind: 'local' }, model },
      items,
    )
    return this.show(id)
  }

  #open(): JobStore {
    if (this.#store === null) throw new AppError('JOBS_UNAVAILABLE')
    return this.#store
  }
}
