import { expect, it } from 'vitest'
import type { UpstreamContext } from '../../front/request-context.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { RemoteRelays } from '../routing/remote-relays.ts'
import { Placement } from './placement.ts'

function placementWith(isUnknown: boolean): Placement {
  const clock = new FakeClock()
  const remote = {
    isShared: () => false,
    find: async () => ({ places: [], isMoving: false, isUnknown }),
  } as Partial<RemoteRelays> as RemoteRelays
  return new Placement({
    context: { receivedAt: clock.monotonic(), request: {} } as UpstreamContext,
    routingId: 'r',
    remote,
    clock,
    isHere: () => false,
    serve: () => Promise.reject(new Error('not here')),
  })
}

it('reports a device as offline only if all relays are known not to have it', async () => {
  await expect(placementWith(false).settle()).rejects.toMatchObject({ code: 'OFFLINE' })
  await expect(placementWith(true).settle()).rejects.toMatchObject({ code: 'SHARED_STATE_UNREACHABLE' })
})
