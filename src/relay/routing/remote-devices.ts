import { z } from 'zod'
import type { OwnerId } from '../../shared/brands.ts'
import { canonicalModelName } from '../../shared/model-name.ts'
import type { DeviceFacts } from './device-choice.ts'
import type { DeviceAnswer } from './device-question.ts'

/** A device at another relay. */
export interface RemoteDevice extends DeviceFacts {
  /** That relay's internal URL. */
  readonly url: string
}

/** One owner's devices at other relays, as far as a client's credential is valid for them. */
export interface RemoteDevices {
  /** The owner of these devices; `undefined` if no other relay knows the credential. */
  readonly ownerId: OwnerId | undefined
  /** The key is certainly unknown: all relays have confirmed it. */
  readonly isUnknown: boolean
  readonly devices: readonly RemoteDevice[]
  /** Number of devices, including temporarily absent ones and those of unresponsive relays. */
  readonly total: number
  /** Requests the client's model list from all of these relays. */
  readonly lists: () => Promise<readonly DeviceAnswer[]>
}

/** A relay's description of an owner's devices: part of `GET /api/tunnel/status`. */
export const StatusSchema = z.object({
  userId: z.string(),
  tunnels: z.array(
    z.object({
      deviceId: z.string(),
      deviceName: z.string(),
      connected: z.boolean(),
      connectedAt: z.string(),
      streams: z.number(),
      models: z.array(z.string()),
      loaded: z.array(z.string()).nullable(),
      accepts: z.boolean(),
      failing: z.boolean(),
    }),
  ),
})

export type RelayStatus = z.output<typeof StatusSchema>

/** The present devices at the relay with this URL that the client's credential is valid for. */
export function toDevices({ tunnels }: RelayStatus, url: string): RemoteDevice[] {
  return tunnels
    .filter(({ accepts, connected }) => accepts && connected)
    .map(({ deviceId: id, deviceName: name, streams, failing, connectedAt, models, loaded }) => ({
      id,
      name,
      url,
      streams,
      isFailing: failing,
      connectedAt: Date.parse(connectedAt),
      models: new Set(models.map(canonicalModelName)),
      loaded: new Set((loaded ?? []).map(canonicalModelName)),
    }))
}
