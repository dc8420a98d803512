import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { RoutingIds } from '../auth/routing-id.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import { Cluster } from './cluster.ts'
import type { RedisConnections } from './redis.ts'
import { Seals } from './seal.ts'

/** @param replies Redis's replies, one per command: rows, or `late` */
function clusterWith(status: string, replies: ('late' | [])[]) {
  const clock = new FakeClock()
  const commands = {
    status,
    eval: async () => {
      const reply = replies.shift()
      if (reply === 'late') throw new Error('Command timed out')
      return reply
    },
  }
  const listener = Object.assign(new EventEmitter(), { subscribe: () => Promise.resolve() })
  return new Cluster({
    redis: { commands, listener, close() {} } as unknown as RedisConnections,
    seals: new Seals(Buffer.alloc(32), clock, silentLogger),
    clock,
    logger: silentLogger,
    routingIds: new RoutingIds(Buffer.alloc(32)),
    keyId: 'key',
    maxDevices: 10,
    directory: () => ({}) as TunnelDirectory,
  })
}

it('queries once more if the reply was late', async () => {
  expect(await clusterWith('ready', ['late', []]).find('r')).toEqual({
    places: [],
    isMoving: false,
    isUnknown: false,
  })
})

it.each([
  ['two late replies', 'ready', ['late', 'late', []]],
  ['a lost connection', 'reconnecting', ['late', []]],
] as const)('does not take a device for offline after %s', async (_what, status, replies) => {
  const left = [...replies] as ('late' | [])[]
  expect(await clusterWith(status, left).find('r')).toMatchObject({ places: [], isUnknown: true })
  expect(left).toHaveLength(1)
})
