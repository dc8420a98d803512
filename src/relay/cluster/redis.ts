import type { Redis, RedisOptions } from 'ioredis'
import type { Clock } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'

/** No request waits for Redis any longer. */
const COMMAND_TIMEOUT_MS = 500
/** Without an answer for this long the connection counts as dead, and commands fail at once until there is another. */
const SILENCE_MS = 1_000
const MAX_RECONNECT_MS = 1_000
/** How long a relay that starts waits for Redis before it goes on without. */
const FIRST_CONNECTION_MS = 2_000

/** Commands that cannot be sent now fail now: nothing is kept for later, so nothing piles up. */
const OPTIONS: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: FIRST_CONNECTION_MS,
  retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_MS),
}

/** What it listens to is asked for once, and must not get lost. */
const LISTENING: RedisOptions = {
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
}

/** The two connections of a replica: one for commands, and one that listens. */
export interface RedisConnections {
  readonly commands: Redis
  readonly listener: Redis
  close(): void
}

/** Whoever can write there can keep relays from finding devices, although not lead anybody astray. */
export function warnOfOpenRedis(url: string, logger: Logger): void {
  const { hostname, password } = new URL(url)
  const isHere = hostname === '' || hostname === 'localhost' || /^(?:127\.[\d.]+|\[::1\])$/.test(hostname)
  if (password !== '' || isHere) return
  logger.warn({}, 'REDIS_URL has no password: give that Redis one, as in redis://:PASSWORD@host:6379')
}

/** Waits for a connection, but not for long. Never rejects: it goes on trying by itself. */
export async function connectRedis(url: string, clock: Clock, logger: Logger): Promise<RedisConnections> {
  // Most relays are alone and need none of it.
  const { Redis } = await import('ioredis')
  const commands = new Redis(url, { ...OPTIONS, socketTimeout: SILENCE_MS })
  const listener = new Redis(url, { ...OPTIONS, ...LISTENING })
  const late = new Promise<void>((resolve) => void clock.after(FIRST_CONNECTION_MS, resolve))
  for (const redis of [commands, listener])
    // Without a listener the library writes to stderr. Its messages may hold the address, never the password.
    redis.on('error', ({ message }: Error) => logger.debug({ message }, 'Redis does not answer'))
  const connected = Promise.all([commands, listener].map((redis) => redis.connect().catch(() => {})))
  await Promise.race([connected, late])
  return {
    commands,
    listener,
    close() {
      commands.disconnect()
      listener.disconnect()
    },
  }
}
