import type { Redis, RedisOptions } from 'ioredis'
import { pause, type Clock } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'
import type { CountedLimit, WindowCounters } from '../limits/window-counters.ts'

/** Maximum time a request waits for Redis. */
const COMMAND_TIMEOUT_MS = 500
/**
 * After this time without a reply the connection counts as dead, and commands fail immediately until it is restored.
 */
const SILENCE_MS = 1_000
const MAX_RECONNECT_MS = 1_000
/** How long a starting relay waits for Redis before it continues without. */
const FIRST_CONNECTION_MS = 2_000

/** Commands that cannot be sent fail immediately, so no queue builds up. */
const OPTIONS: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: FIRST_CONNECTION_MS,
  retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_MS),
}

/** Subscriptions are made once and must survive reconnects. */
const LISTENING: RedisOptions = {
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
}

/** A replica's two connections: commands and subscriptions. */
export interface RedisConnections {
  readonly commands: Redis
  readonly listener: Redis
  /** Counters shared by all relays. */
  readonly createCounters: (limit: CountedLimit) => WindowCounters
  close(): void
}

/** A writer to Redis can hide devices from relays, but cannot redirect requests. */
export function warnOfOpenRedis(url: string, logger: Logger): void {
  const { hostname, password } = new URL(url)
  const isHere = hostname === '' || hostname === 'localhost' || /^(?:127\.[\d.]+|\[::1\])$/.test(hostname)
  if (password !== '' || isHere) return
  logger.warn({}, 'REDIS_URL has no password: set one, such as redis://:PASSWORD@host:6379')
}

/** Waits briefly for a connection. Never rejects: it keeps reconnecting. */
export async function connectRedis(url: string, clock: Clock, logger: Logger): Promise<RedisConnections> {
  // Loaded lazily, since most relays do not use Redis.
  const [{ Redis }, { RedisCounters }] = await Promise.all([import('ioredis'), import('./redis-counters.ts')])
  const commands = new Redis(url, { ...OPTIONS, socketTimeout: SILENCE_MS })
  const listener = new Redis(url, { ...OPTIONS, ...LISTENING })
  const late = pause(clock, FIRST_CONNECTION_MS)
  for (const redis of [commands, listener])
    // Without a listener the library writes to stderr. Its messages may contain the address, never the password.
    redis.on('error', ({ message }: Error) => logger.debug({ message }, 'Redis error'))
  const connected = Promise.all([commands, listener].map((redis) => redis.connect().catch(() => {})))
  await Promise.race([connected, late])
  return {
    commands,
    listener,
    createCounters: (limit) => new RedisCounters(commands, limit),
    close() {
      commands.disconnect()
      listener.disconnect()
    },
  }
}
