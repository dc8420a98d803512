import { z } from 'zod'

const MAX_DEVICES = 10_000
const text = z.string().max(1_024)
export const DevicesSchema = z.object({
  devices: z
    .array(
      z.object({
        userId: text,
        deviceId: text,
        deviceName: text,
        connected: z.boolean(),
        lastSeen: text,
        revoked: z.boolean(),
      }),
    )
    .max(MAX_DEVICES),
})

/** A device as shown to its owner or the operator. */
export interface DeviceView {
  readonly userId: string
  readonly deviceId: string
  readonly deviceName: string
  readonly connected: boolean
  /** ISO 8601. */
  readonly lastSeen: string
  readonly revoked: boolean
}

/** The devices known to one relay. */
export interface DeviceList {
  readonly devices: readonly DeviceView[]
}

/** @param parts one or more, one per relay */
export function mergeDevices(parts: readonly DeviceList[]): DeviceList {
  const merged = new Map<string, DeviceView>()
  for (const device of parts.flatMap(({ devices }) => devices)) {
    const id = JSON.stringify([device.userId, device.deviceId])
    const former = merged.get(id)
    if (former === undefined || isLater(device, former)) merged.set(id, device)
  }
  return { devices: [...merged.values()] }
}

function isLater(a: DeviceView, b: DeviceView): boolean {
  return a.connected === b.connected ? a.lastSeen > b.lastSeen : a.connected
}
