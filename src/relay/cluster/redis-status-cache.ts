import type { Redis } from 'ioredis'
import type { Clock } from '../../shared/clock.ts'
import { type Job, parseJob } from '../../shared/jobs.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import {
  CACHED_MS,
  type CachedJob,
  type JobReaderId,
  MAX_CACHED_JOBS,
  type StatusCache,
} from '../jobs/status-cache.ts'
import { MAX_SEALED_CHARS, type Seals } from './seal.ts'

/** Writes a state unless a newer one is there, and removes a credential's oldest beyond a limit. */
const NOTE = `
local held = redis.call('HGET', KEYS[2], ARGV[1])
if held and tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '0') > tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1 - tonumber(ARGV[6]))) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[5]) end
return 1`

export interface RedisStatusCacheOptions {
  readonly redis: Redis
  readonly seals: Seals
  readonly clock: Clock
}

/** The status cache of several relays. While Redis is unavailable, nothing is found. */
export class RedisStatusCache implements StatusCache {
  readonly #options: RedisStatusCacheOptions

  constructor(options: RedisStatusCacheOptions) {
    this.#options = options
  }

  note(reader: JobReaderId, job: Job): void {
    const { redis, seals, clock } = this.#options
    const names = namesOf(reader)
    const seenAt = clock.now()
    const sealed = seals.seal(`${names[1]} ${job.id}`, JSON.stringify({ job, seenAt }), CACHED_MS)
    if (sealed.length > MAX_SEALED_CHARS) return
    const values = [job.id, sealed, seenAt, job.revision, CACHED_MS, MAX_CACHED_JOBS]
    redis.eval(NOTE, names.length, ...names, ...values).catch(() => {})
  }

  drop(reader: JobReaderId, jobId?: string): void {
    const { redis } = this.#options
    const names = namesOf(reader)
    const dropped = jobId === undefined ? redis.del(...names) : redis.hdel(names[1], jobId)
    dropped.catch(() => {})
  }

  async find(reader: JobReaderId, jobId: string): Promise<CachedJob | undefined> {
    const { redis, seals } = this.#options
    const [, name] = namesOf(reader)
    const sealed = await redis.hget(name, jobId).catch(() => null)
    const { job: value, seenAt } = parseJsonObject(seals.open(`${name} ${jobId}`, sealed ?? '') ?? '') ?? {}
    const job = parseJob(value)
    return job === undefined ? undefined : { job, seenAt: Number(seenAt) }
  }

  async knows(reader: JobReaderId): Promise<boolean> {
    const count = await this.#options.redis.exists(namesOf(reader)[1]).catch(() => 0)
    return count === 1
  }
}

/** Times, states and revisions by job id. */
function namesOf({ routingId, identity }: JobReaderId): [string, string, string] {
  const name = `ctl:jobs:${routingId}:${identity}`
  return [`${name}:at`, name, `${name}:revision`]
}
