import type { Command } from 'commander'
import { openDeviceHandlers } from '../bridge/profile/profile.ts'
import { DeviceCommands, type ListedDevice } from '../bridge/profile/device-commands.ts'
import { dataDirOf, dataDirOption, run, type CommandFlags } from './flags.ts'
import { noticesOn } from './open-profile.ts'
import type { Output } from './output.ts'
import { sayTable } from './table.ts'
import { minuteText } from './time-text.ts'

export function defineDevices(devices: Command): void {
  devices
    .command('list')
    .description('list devices that have connected since the relay started')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => run(flags, (output) => listDevices(dataDirOf(flags), output)))
  devices
    .command('revoke')
    .description('disconnect another device and revoke its credential')
    .argument('<device>', 'id or name')
    .addOption(dataDirOption())
    .action((device: string, flags: CommandFlags) =>
      run(flags, (output) => revokeDevice(dataDirOf(flags), device, output)),
    )
}

/** Device commands for a data directory, with or without a running bridge. */
export function devicesOf(dataDir: string, output: Output): DeviceCommands {
  return new DeviceCommands(dataDir, () => openDeviceHandlers(dataDir, noticesOn(output)))
}

/** Lists the devices of this device's owner. */
async function listDevices(dataDir: string, output: Output): Promise<void> {
  const devices = await devicesOf(dataDir, output).list()
  for (const device of devices) output.json(device)
  if (devices.length === 0) return output.say('None of your devices has connected since the relay started.')
  sayTable(
    ['Name', 'State', 'Last seen (UTC)', 'Id'],
    devices.map((device) => [
      device.deviceName,
      stateOf(device),
      minuteText(Date.parse(device.lastSeen)),
      device.deviceId,
    ]),
    output,
  )
}

/** Revokes another device's credential. */
async function revokeDevice(dataDir: string, idOrName: string, output: Output): Promise<void> {
  const { deviceId, known, lasting } = await devicesOf(dataDir, output).revoke(idOrName)
  output.json({ deviceId, revoked: true, known, lasting })
  output.say(`Revoked device ${deviceId}.`)
  if (!known) output.warn('This device has not connected since the relay started. Check its id.')
  if (!lasting)
    output.warn(
      'The relay could not store the revocation, so it lasts only until the relay stops. Notify the relay’s operator.',
    )
}

function stateOf({ connected, revoked }: ListedDevice): string {
  if (revoked) return 'revoked'
  return connected ? 'connected' : 'offline'
}
