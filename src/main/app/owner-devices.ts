import { z } from 'zod'
import { askRelayAs } from '../../bridge/dial/relay-request.ts'
import { listDevices, revokeDevice } from '../../bridge/profile/device-commands.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { OwnDeviceView } from '../../shared/ipc/view.ts'

const Status = z.object({
  tunnels: z.array(z.object({ deviceId: z.string(), models: z.array(z.string()) })),
})

/** The owner's devices as the relay knows them, with the models of those that are connected. @throws AppError */
export async function ownerDevices(
  identity: DeviceIdentity,
  clock: Clock,
): Promise<readonly OwnDeviceView[]> {
  const [devices, models] = await Promise.all([listDevices(identity, clock), modelsByDevice(identity, clock)])
  return devices.map(({ deviceId, deviceName, connected, lastSeen, revoked }) => ({
    id: deviceId,
    name: deviceName,
    state: revoked ? 'revoked' : connected ? 'connected' : 'absent',
    isThisOne: deviceId === identity.deviceId,
    lastSeenAt: Date.parse(lastSeen),
    models: models.get(deviceId) ?? null,
  }))
}

/** Revokes another device immediately. @throws AppError; DEVICE_UNKNOWN if it is not listed */
export async function revokeOwnerDevice(identity: DeviceIdentity, id: string, clock: Clock): Promise<void> {
  await revokeDevice(identity, id, clock)
}

/** Without an answer, the devices are shown without models. */
async function modelsByDevice(
  identity: DeviceIdentity,
  clock: Clock,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { status, body } = await askRelayAs(identity, 'api/tunnel/status', clock)
  if (status !== 200) return new Map()
  try {
    const { tunnels } = Status.parse(JSON.parse(body))
    return new Map(tunnels.map(({ deviceId, models }) => [deviceId, models]))
  } catch (cause) {
    throw new AppError('RELAY_REFUSED', undefined, { cause })
  }
}
