import { InternalRequests } from '../front/internal-requests.ts'
import type { HttpFront } from '../front/http-front.ts'
import type { Authenticator } from './auth/authenticator.ts'
import { RedisJobSharing } from './cluster/redis-job-sharing.ts'
import { RedisStatusCache } from './cluster/redis-status-cache.ts'
import type { Seals } from './cluster/seal.ts'
import type { RelayFoundation } from './composition.ts'
import { JobAccess } from './jobs/job-access.ts'
import { JobFront, type JobFrontOptions } from './jobs/job-front.ts'
import { JobHub } from './jobs/job-hub.ts'
import { JobReader } from './jobs/job-reader.ts'
import { UNSHARED } from './jobs/job-sharing.ts'
import { MemoryStatusCache, NO_STATUS_CACHE, type StatusCache } from './jobs/status-cache.ts'

type Foundation = Pick<RelayFoundation, 'config' | 'clock' | 'logger' | 'redis'>

/** The watched jobs. @param handle serves a request that is made for a watcher */
export function assembleJobHub(
  foundation: Foundation,
  seals: Seals,
  handle: HttpFront['handleInternal'],
): { readonly hub: JobHub; readonly reader: JobReader; readonly statusCache: StatusCache } {
  const { clock, logger, redis } = foundation
  const requests = new InternalRequests(handle)
  const reader = new JobReader((request) => requests.get(request))
  const cache = statusCacheFor(foundation, seals)
  const sharing = redis === undefined ? UNSHARED : new RedisJobSharing({ redis, seals, clock, logger })
  const hub = new JobHub({ clock, random: Math.random, reader, cache, sharing })
  return { hub, reader, statusCache: cache }
}

/** The WebSocket side. */
export function assembleJobFront(
  foundation: Omit<Foundation, 'redis'>,
  core: ReturnType<typeof assembleJobHub> &
    Pick<JobFrontOptions, 'metrics' | 'jobAudit'> & { readonly authenticator: Authenticator },
  couldAccept: (token: string) => boolean,
): JobFront {
  const access = new JobAccess({ ...core, cache: core.statusCache, couldAccept })
  return new JobFront({ ...foundation, ...core, access })
}

function statusCacheFor({ config, clock, redis }: Foundation, seals: Seals): StatusCache {
  if (!config.jobStatusCache) return NO_STATUS_CACHE
  if (redis === undefined) return new MemoryStatusCache(clock)
  return new RedisStatusCache({ redis: redis.commands, seals, clock })
}
