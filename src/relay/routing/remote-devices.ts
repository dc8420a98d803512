import { z } from 'zod'
import { canonicalModelName } from '../../shared/model-name.ts'
import type { DeviceFacts } from './device-choice.ts'
import type { DeviceAnswer } from './device-question.ts'

/** A device at another relay, which can be reached there. */
export interface RemoteDevice extends DeviceFacts {
  /** Of that relay's internal listener. */
  readonly url: string
}

/** What other relays have of one owner, as far as a client's credential opens it. */
export interface RemoteDevices {
  /** Whose devices these are; `undefined` where no other relay knows the credential. */
  readonly ownerId: string | undefined
  /** That it is a key which none of them knows is certain: all have said so. */
  readonly isUnknown: boolean
  readonly devices: readonly RemoteDevice[]
  /** Of the devices, with those that are away for a moment and those of relays that do not answer. */
  readonly total: number
  /** Asks all of these relays for the list of models that the client asks for. */
  readonly lists: () => Promise<readonly DeviceAnswer[]>
}

/** What a relay says of an owner's devices there: a part of `GET /api/tunnel/status`. */
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

/** Of the devices that the client's credential opens at the relay with this URL, those that are there now. */
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
