import { z } from 'zod'
import { JOB_STATES } from '../../shared/jobs.ts'
import type { Handlers } from '../data-dir/control.ts'
import type { LocalJobs } from './local-jobs.ts'

const Listing = z.looseObject({
  limit: z.int().min(1).max(1_000),
  states: z.array(z.enum(JOB_STATES)).optional(),
})
const Named = z.looseObject({ id: z.string().max(64) })
const Model = z.looseObject({ model: z.string().max(512) })

/** Requests about jobs that other processes of this user may send, for `Holder.serve`. */
export function jobHandlers(jobs: LocalJobs): Handlers {
  return {
    'jobs.list': async (request) => {
      const { limit, states } = Listing.parse(request)
      return jobs.list(limit, states)
    },
    'jobs.show': async (request) => jobs.show(Named.parse(request).id),
    'jobs.cancel': async (request) => jobs.cancel(Named.parse(request).id),
    'jobs.retry': async (request) => jobs.retry(Named.parse(request).id),
    'jobs.remove': async (request) => jobs.remove(Named.parse(request).id),
    'jobs.clear': async () => jobs.clear(),
    'jobs.pull': async (request) => jobs.pull(Model.parse(request).model),
  }
}
