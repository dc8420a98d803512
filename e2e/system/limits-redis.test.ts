import { expect } from 'vitest'
import { connectRedis } from '../../src/relay/cluster/redis.ts'
import { limiterFactory, type SlidingWindow } from '../../src/relay/limits/sliding-window.ts'
import { silentLogger } from '../../src/shared/logger.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { shared } from '../support/fixtures.ts'
import { until } from '../support/until.ts'

const POINTS = 6
/** So long that no test sees a window end. */
const DURATION_S = 86_400
const SECRET = Buffer.from('what relays of one signing key have in common')

const it = shared
  .extend('connections', async ({ redis }, { onCleanup }) => {
    await redis.client.flushall()
    const connect = () => connectRedis(redis.url, systemClock, silentLogger)
    const connections = await Promise.all([connect(), connect()])
    onCleanup(() => connections.forEach((connection) => connection.close()))
    return connections
  })
  /** The same limit, as two relays have it. */
  .extend('limits', ({ connections }) =>
    connections.map(({ createCounters }) =>
      limiterFactory(systemClock, { createCounters, secret: SECRET })('test', POINTS, DURATION_S),
    ),
  )
  .extend('here', ({ limits }) => limits[0]!)
  .extend('there', ({ limits }) => limits[1]!)

/** The number of admitted requests if this many are sent simultaneously. */
async function admitted(limits: readonly SlidingWindow[], count: number, key = 'alice'): Promise<number> {
  const tries = Array.from({ length: count }, async (_, i) => limits[i % limits.length]!.take(key))
  return (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length
}

it('relays that share a Redis count as one, by key', async ({ here, there }) => {
  expect(await admitted([here], 4)).toBe(4)
  expect(await admitted([there], 10)).toBe(2)
  expect(await admitted([here, there], 4)).toBe(0)
  expect(await admitted([here, there], 20, 'bob')).toBeLessThanOrEqual(POINTS)
  await there.forget('alice')
  expect(await admitted([here], 1)).toBe(1)
})

it('a name in Redis does not reveal its owner, and expires', async ({ redis, here }) => {
  await here.take('alice')
  const names = await redis.client.keys('*')
  expect(names).toHaveLength(1)
  expect(names[0]).toMatch(/^ctl:limit:test:/)
  expect(names[0]).not.toContain('alice')
  const leftS = await redis.client.ttl(names[0]!)
  expect(leftS).toBeGreaterThan(DURATION_S)
  expect(leftS).toBeLessThanOrEqual(2 * DURATION_S)
})

it('each relay applies the limit alone while Redis is unavailable, and shares it again afterwards', async ({
  redis,
  connections,
  here,
  there,
}) => {
  await redis.kill()
  for (const limit of [here, there]) expect(await admitted([limit], 10)).toBe(POINTS)
  await redis.revive()
  for (const { commands } of connections) await until(() => commands.status === 'ready')
  expect(await admitted([here], 4)).toBe(4)
  expect(await admitted([there], 10)).toBe(2)
})
