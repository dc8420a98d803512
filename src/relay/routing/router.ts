import type { Allowance } from '../../shared/byte-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { after, type Eventual } from '../../shared/eventual.ts'
import { hasBody, headerOf, type RawHeaders } from '../../shared/headers.ts'
import type { Route } from '../../shared/routes.ts'
import { checkLength } from '../../shared/text-limits.ts'
import type { UpstreamContext } from '../../front/request-context.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import {
  chooseDevice,
  deviceCalled,
  deviceNamedIn,
  soleDeviceWith,
  type DeviceFacts,
} from './device-choice.ts'
import type { RemoteDevice, RemoteDevices } from './remote-devices.ts'
import { BodyHold, type BufferedBody } from './buffered-body.ts'
import { isModelList } from './model-lists.ts'

/** The destination of a request. */
export type Destination =
  /** With the part of the body that was read; if there is one, "100 Continue" was sent. */
  | { readonly kind: 'device'; readonly tunnel: Tunnel; readonly held: BufferedBody | undefined }
  | DestinationElsewhere
  /** All devices here, longest connected first; `total` includes temporarily absent ones. */
  | {
      readonly kind: 'everyDevice'
      readonly tunnels: readonly Tunnel[]
      readonly total: number
      readonly elsewhere: RemoteDevices | undefined
    }

/** A device at another relay. */
export interface DestinationElsewhere {
  readonly kind: 'elsewhere'
  readonly device: RemoteDevice
  readonly held: BufferedBody | undefined
}

/** Keys that name the model deciding the destination, if not `model`. */
const MODEL = new Set(['model'])
const MODEL_OR_NAME = new Set(['model', 'name'])
const MODEL_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  '/api/show': MODEL_OR_NAME,
  '/api/pull': MODEL_OR_NAME,
  '/api/push': MODEL_OR_NAME,
  '/api/create': MODEL_OR_NAME,
  '/api/delete': MODEL_OR_NAME,
  '/api/copy': new Set(['source']),
}
/** Modifying requests that only make sense on a device with the model. */
const OF_EXISTING_MODEL = new Set(['/api/push', '/api/delete', '/api/copy'])

type Candidate = DeviceFacts & { readonly at: Tunnel | RemoteDevice }

/** Chooses the owner's device for a request. */
export class Router {
  readonly #hold: BodyHold
  readonly #isFailing: (tunnel: Tunnel) => boolean

  /** @param isFailing whether a device's circuit breaker is open */
  constructor(clock: Clock, isFailing: (tunnel: Tunnel) => boolean) {
    this.#hold = new BodyHold(clock)
    this.#isFailing = isFailing
  }

  /**
   * @param memory for the beginning of the body
   * @param tunnels those that the client's credential is valid for
   * @param elsewhere devices at other relays that it is valid for
   * @throws AppError OFFLINE, DEVICE_UNKNOWN, DEVICE_AMBIGUOUS, TEXT_TOO_LONG
   */
  destinationFor(
    asked: UpstreamContext,
    memory: Allowance,
    tunnels: readonly Tunnel[],
    elsewhere?: RemoteDevices,
  ): Eventual<Destination> {
    const count = tunnels.length + (elsewhere?.devices.length ?? 0)
    const first = tunnels[0] ?? elsewhere?.devices[0]
    if (first === undefined) throw new AppError('OFFLINE')
    const pin = pinOf(asked.request.rawHeaders)
    if (pin !== undefined) return reach(deviceCalled(this.#candidates(tunnels, elsewhere), pin).at)
    return count === 1 ? reach(first) : this.#amongSeveral(asked, memory, tunnels, elsewhere)
  }

  async #amongSeveral(
    asked: UpstreamContext,
    memory: Allowance,
    tunnels: readonly Tunnel[],
    elsewhere: RemoteDevices | undefined,
  ): Promise<Destination> {
    if (elsewhere === undefined || elsewhere.devices.length === 0) await anyArrival(tunnels)
    const candidates = () => this.#candidates(tunnels, elsewhere)
    const { match } = asked
    if (match.kind !== 'found') return reach(chosen(candidates(), undefined))
    const { route, param } = match
    if (isModelList(route.path)) return everyDevice(tunnels, elsewhere)
    const held = await this.#heldBody(asked, memory, route)
    const model = isModelPath(route) && param !== undefined ? decodeURIComponent(param) : held?.model
    const pinned = model === undefined ? undefined : deviceNamedIn(candidates(), model)
    return reach(pinned?.at ?? unpinned(candidates(), route, model), held)
  }

  #candidates(tunnels: readonly Tunnel[], elsewhere: RemoteDevices | undefined): Candidate[] {
    const here = tunnels.map((tunnel) => {
      const { credential, models, loaded, streamCount: streams, connectedAt } = tunnel
      const { deviceId: id, deviceName: name } = credential
      const isFailing = this.#isFailing(tunnel)
      return { id, name, models, loaded, streams, connectedAt, isFailing, at: tunnel }
    })
    return [...here, ...(elsewhere?.devices ?? []).map((device) => ({ ...device, at: device }))]
  }

  /** Reads as little of a body as possible: only if its model matters, and only up to it. */
  async #heldBody(
    { request, response, expectsContinue }: UpstreamContext,
    memory: Allowance,
    route: Route,
  ): Promise<BufferedBody | undefined> {
    if (route.body !== 'json' || !hasBody(request.headers)) return undefined
    if (expectsContinue) response.writeContinue()
    return this.#hold.read(request, MODEL_KEYS[route.path] ?? MODEL, memory)
  }
}

/** Other parameters are ids: of answers, jobs, files. */
function isModelPath({ path }: Route): boolean {
  return path.endsWith('*model')
}

/** Non-ASCII names arrive as latin1 bytes. @throws AppError TEXT_TOO_LONG */
function pinOf(headers: RawHeaders): string | undefined {
  const value = headerOf(headers, 'x-device')
  if (value === undefined) return undefined
  const name = Buffer.from(value, 'latin1').toString()
  checkLength('device', name)
  return name
}

function reach(at: Tunnel | RemoteDevice, held?: BufferedBody): Eventual<Destination> {
  if ('url' in at) return { kind: 'elsewhere', device: at, held }
  return after(at.isHere || at.arrival(), (isHere) => {
    if (!isHere) throw new AppError('OFFLINE')
    return { kind: 'device', tunnel: at, held }
  })
}

async function anyArrival(tunnels: readonly Tunnel[]): Promise<void> {
  const arrivals = tunnels.map(async (tunnel) => {
    if (!(await tunnel.arrival())) throw new AppError('OFFLINE')
  })
  await Promise.any(arrivals).catch(() => {
    throw new AppError('OFFLINE')
  })
}

function everyDevice(tunnels: readonly Tunnel[], elsewhere: RemoteDevices | undefined): Destination {
  const here = tunnels.filter(({ isHere }) => isHere)
  here.sort((a, b) => a.connectedAt - b.connectedAt)
  return { kind: 'everyDevice', tunnels: here, total: tunnels.length + (elsewhere?.total ?? 0), elsewhere }
}

/** Requests that modify a device must name it unless only one qualifies. */
function unpinned(
  candidates: readonly Candidate[],
  route: Route,
  model: string | undefined,
): Candidate['at'] {
  if (route.scope === 'read' || route.scope === 'inference') return chosen(candidates, model)
  return soleDeviceWith(candidates, OF_EXISTING_MODEL.has(route.path) ? model : undefined).at
}

function chosen(candidates: readonly Candidate[], model: string | undefined): Candidate['at'] {
  const here = candidates.filter(({ at }) => 'url' in at || at.isHere)
  const choice = chooseDevice(here, model)
  if (choice === undefined) throw new AppError('OFFLINE')
  return choice.at
}
