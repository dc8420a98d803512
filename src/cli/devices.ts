import { openDeviceHandlers } from '../bridge/desk/desk.ts'
import { DeviceDesk, type ListedDevice } from '../bridge/desk/device-desk.ts'
import type { Output } from './output.ts'

function deskOf(dataDir: string, output: Output): DeviceDesk {
  return new DeviceDesk(dataDir, () => openDeviceHandlers(dataDir, (sentence) => output.warn(sentence)))
}

/** Shows the devices of whom this device belongs to. */
export async function listDevices(dataDir: string, output: Output): Promise<void> {
  const devices = await deskOf(dataDir, output).list()
  for (const device of devices) {
    output.json(device)
    output.say(`${device.deviceId}  ${device.deviceName}  ${stateOf(device)}`)
  }
  if (devices.length === 0) output.say('The relay has seen no device of yours since it was started.')
}

/** Voids another device's credential. */
export async function revokeDevice(dataDir: string, idOrName: string, output: Output): Promise<void> {
  const { deviceId, known, lasting } = await deskOf(dataDir, output).revoke(idOrName)
  output.json({ deviceId, revoked: true, known, lasting })
  output.say(`Device ${deviceId} is revoked.`)
  if (!known) output.warn('The relay has not seen this device since it was started: check its id.')
  if (!lasting)
    output.warn(
      'The relay could not store the revocation: it ends when the relay stops. Tell whoever runs it.',
    )
}

function stateOf({ connected, lastSeen, revoked }: ListedDevice): string {
  if (revoked) return 'revoked'
  return connected ? 'connected' : `last seen ${lastSeen}`
}
