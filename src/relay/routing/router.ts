import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf, type RawHeaders } from '../../shared/proxy-head.ts'
import { matchRoute, type Route } from '../../shared/routes.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import {
  chooseDevice,
  deviceCalled,
  deviceNamedIn,
  soleDeviceWith,
  type DeviceFacts,
} from './device-choice.ts'
import { BodyHold, type HeldBody } from './held-body.ts'
import { isModelList } from './model-lists.ts'

/** A request that may go to any of these tunnels. */
export interface RoutedRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Path and query for the upstream. */
  readonly target: string
  readonly hasBody: boolean
  /** The client waits for "100 Continue" before it sends its body. */
  readonly expectsContinue: boolean
}

/** Where a request goes. */
export type Destination =
  /** With what was read of its body; where something was, "100 Continue" was sent. */
  | { readonly kind: 'device'; readonly tunnel: Tunnel; readonly held: HeldBody | undefined }
  /** To all that are here, longest connected first; `total` counts those that may come back as well. */
  | { readonly kind: 'everyDevice'; readonly tunnels: readonly Tunnel[]; readonly total: number }

/** How long a request waits for a device whose carrier has just been lost. Clients give model lists a second at most. */
export const ARRIVAL_MS = 800
const OFFLINE_RETRY_S = 5

/** Where a body names the model that decides where it goes, if not in `model`. */
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
/** Of the requests that change something, those that can only be meant for a device that has the model. */
const OF_EXISTING_MODEL = new Set(['/api/push', '/api/delete', '/api/copy'])

type Candidate = DeviceFacts & { readonly tunnel: Tunnel }

/** Decides which of an owner's devices gets a request. */
export class Router {
  readonly #hold: BodyHold
  readonly #isFailing: (tunnel: Tunnel) => boolean

  /** @param isFailing whether a device's model server has failed too often to be asked now */
  constructor(clock: Clock, isFailing: (tunnel: Tunnel) => boolean) {
    this.#hold = new BodyHold(clock)
    this.#isFailing = isFailing
  }

  /**
   * @param tunnels all that the client's credential opens
   * @throws AppError OFFLINE, DEVICE_UNKNOWN, DEVICE_AMBIGUOUS
   */
  async destinationFor(asked: RoutedRequest, tunnels: readonly Tunnel[]): Promise<Destination> {
    const [only, ...others] = tunnels
    if (only === undefined) throw offline()
    const pin = pinOf(asked.request.rawHeaders)
    if (pin !== undefined) return reach(deviceCalled(this.#candidates(tunnels), pin).tunnel)
    return others.length === 0 ? reach(only) : this.#amongSeveral(asked, tunnels)
  }

  async #amongSeveral(asked: RoutedRequest, tunnels: readonly Tunnel[]): Promise<Destination> {
    await anyArrival(tunnels)
    const path = asked.target.replace(/\?.*$/s, '')
    const match = matchRoute(asked.request.method ?? 'GET', path)
    if (match.kind !== 'found') return reach(chosen(this.#candidates(tunnels), undefined))
    const { route, param } = match
    if (isModelList(route.path)) return everyDevice(tunnels)
    const held = await this.#heldBody(asked, route)
    const model = route.body === 'none' && param !== undefined ? decodeURIComponent(param) : held?.model
    const pinned = model === undefined ? undefined : deviceNamedIn(this.#candidates(tunnels), model)
    return reach(pinned?.tunnel ?? unpinned(this.#candidates(tunnels), route, model), held)
  }

  #candidates(tunnels: readonly Tunnel[]): Candidate[] {
    return tunnels.map((tunnel) => {
      const { credential, models, loaded, streamCount: streams, connectedAt } = tunnel
      const { deviceId: id, deviceName: name } = credential
      return { id, name, models, loaded, streams, connectedAt, isFailing: this.#isFailing(tunnel), tunnel }
    })
  }

  /** A relay must not read more of a request than it needs: only where a model in the body can decide, and only up to it. */
  async #heldBody(
    { request, response, hasBody, expectsContinue }: RoutedRequest,
    route: Route,
  ): Promise<HeldBody | undefined> {
    if (route.body !== 'json' || !hasBody) return undefined
    if (expectsContinue) response.writeContinue()
    return this.#hold.read(request, MODEL_KEYS[route.path] ?? MODEL)
  }
}

export function offline(): AppError {
  return new AppError('OFFLINE', undefined, { retryAfterS: OFFLINE_RETRY_S })
}

/** Names outside ASCII arrive byte by byte. */
function pinOf(headers: RawHeaders): string | undefined {
  const value = headerOf(headers, 'x-device')
  return value === undefined ? undefined : Buffer.from(value, 'latin1').toString()
}

async function reach(tunnel: Tunnel, held?: HeldBody): Promise<Destination> {
  if (!(await tunnel.arrival(ARRIVAL_MS))) throw offline()
  return { kind: 'device', tunnel, held }
}

async function anyArrival(tunnels: readonly Tunnel[]): Promise<void> {
  const arrivals = tunnels.map(async (tunnel) => {
    if (!(await tunnel.arrival(ARRIVAL_MS))) throw offline()
  })
  await Promise.any(arrivals).catch(() => {
    throw offline()
  })
}

function everyDevice(tunnels: readonly Tunnel[]): Destination {
  const here = tunnels.filter(({ isHere }) => isHere)
  here.sort((a, b) => a.connectedAt - b.connectedAt)
  return { kind: 'everyDevice', tunnels: here, total: tunnels.length }
}

/** What changes something waits for somebody to say where, unless only one device can be meant. */
function unpinned(candidates: readonly Candidate[], route: Route, model: string | undefined): Tunnel {
  if (route.scope === 'read' || route.scope === 'inference') return chosen(candidates, model)
  return soleDeviceWith(candidates, OF_EXISTING_MODEL.has(route.path) ? model : undefined).tunnel
}

function chosen(candidates: readonly Candidate[], model: string | undefined): Tunnel {
  const here = candidates.filter(({ tunnel }) => tunnel.isHere)
  const choice = chooseDevice(here, model)
  if (choice === undefined) throw offline()
  return choice.tunnel
}
