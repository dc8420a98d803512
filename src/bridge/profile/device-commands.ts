import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import type { Handlers } from '../data-dir/control.ts'
import { withDataDir } from '../data-dir/owner-lock.ts'
import { askRelayAs, errorInAnswer, type RelayAnswer } from '../dial/relay-request.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'

const ListedSchema = z.object({
  deviceId: z.string(),
  deviceName: z.string(),
  connected: z.boolean(),
  /** ISO 8601. */
  lastSeen: z.string(),
  revoked: z.boolean(),
})

/** One of the owner's devices, as the relay lists it. */
export type ListedDevice = Readonly<z.infer<typeof ListedSchema>>

const RevokedSchema = z.object({
  deviceId: z.string(),
  /** The relay has seen the device since it started. */
  known: z.boolean(),
  /** The revocation survives a restart of the relay. */
  lasting: z.boolean(),
})

export type RevokeAnswer = Readonly<z.infer<typeof RevokedSchema>>

type LoadIdentity = () => Promise<DeviceIdentity | null>

const PATH = 'api/tunnel/devices'
const DEVICE_ID = /^[\w-]{1,64}$/
const Revoke = z.looseObject({ device: z.string() })

/** Device commands that other processes of this user may send, for `Holder.serve`. */
export function deviceHandlers(load: LoadIdentity, clock: Clock): Handlers {
  return {
    'devices.relayUrl': async () => (await required(load)).relayUrl,
    'devices.list': async () => listDevices(await required(load), clock),
    'devices.revoke': async (request) =>
      revokeDevice(await required(load), Revoke.parse(request).device, clock),
  }
}

/**
 * Device commands for the CLI: sent to the bridge that holds the data directory, or run directly if none
 * does.
 */
export class DeviceCommands {
  readonly #dataDir: string
  readonly #open: () => Promise<Handlers>

  /** @param open creates the `deviceHandlers` if no bridge runs */
  constructor(dataDir: string, open: () => Promise<Handlers>) {
    this.#dataDir = dataDir
    this.#open = open
  }

  /** URL of the relay that this device is paired with. @throws AppError NOT_PAIRED */
  async relayUrl(): Promise<string> {
    return z.string().parse(await withDataDir(this.#dataDir, { op: 'devices.relayUrl' }, this.#open))
  }

  /** @throws AppError NOT_PAIRED, and like `askRelayAs` */
  async list(): Promise<readonly ListedDevice[]> {
    return z.array(ListedSchema).parse(await withDataDir(this.#dataDir, { op: 'devices.list' }, this.#open))
  }

  /** @throws AppError as `list`; DEVICE_UNKNOWN, DEVICE_AMBIGUOUS; CONFIG_INVALID for the current device */
  async revoke(device: string): Promise<RevokeAnswer> {
    const asked = { op: 'devices.revoke', device }
    return RevokedSchema.parse(await withDataDir(this.#dataDir, asked, this.#open))
  }
}

async function required(load: LoadIdentity): Promise<DeviceIdentity> {
  const identity = await load()
  if (identity === null) throw new AppError('NOT_PAIRED')
  return identity
}

/** @throws AppError like `askRelayAs`; CREDENTIAL_INVALID, FORBIDDEN, TOO_MANY_REQUESTS, ISSUER_UNREACHABLE */
export async function listDevices(identity: DeviceIdentity, clock: Clock): Promise<readonly ListedDevice[]> {
  const answer = await askRelayAs(identity, PATH, clock)
  return parsed(answer, z.object({ devices: z.array(ListedSchema) })).devices
}

/** @throws AppError as `listDevices`; DEVICE_UNKNOWN, DEVICE_AMBIGUOUS; CONFIG_INVALID for the current device */
export async function revokeDevice(
  identity: DeviceIdentity,
  idOrName: string,
  clock: Clock,
): Promise<RevokeAnswer> {
  const id = idOf(idOrName, await listDevices(identity, clock))
  if (id === identity.deviceId) throw new AppError('CONFIG_INVALID', errorCase('case.device.current'))
  return parsed(await askRelayAs(identity, `${PATH}/${id}`, clock, 'DELETE'), RevokedSchema)
}

/** A device that the relay does not list can still be revoked by its id. */
function idOf(idOrName: string, devices: readonly ListedDevice[]): string {
  const name = idOrName.toLowerCase()
  const named = devices.filter(
    ({ deviceId, deviceName, revoked }) =>
      deviceId === idOrName || (!revoked && deviceName.toLowerCase() === name),
  )
  const [first, ...others] = named
  if (others.length > 0) throw new AppError('DEVICE_AMBIGUOUS', errorCase('case.device.ambiguous'))
  if (first !== undefined) return first.deviceId
  if (DEVICE_ID.test(idOrName) && z.uuid().safeParse(idOrName).success) return idOrName
  throw new AppError('DEVICE_UNKNOWN', errorCase('case.device.unknown'))
}

function parsed<T>(answer: RelayAnswer, schema: z.ZodType<T>): T {
  if (answer.status !== 200)
    throw errorInAnswer(answer, {
      401: 'CREDENTIAL_INVALID',
      403: 'FORBIDDEN',
      429: 'TOO_MANY_REQUESTS',
      503: 'ISSUER_UNREACHABLE',
    })
  try {
    return schema.parse(JSON.parse(answer.body))
  } catch (cause) {
    throw new AppError('RELAY_REFUSED', undefined, { cause })
  }
}
