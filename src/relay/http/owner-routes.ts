import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { json } from '../../front/own-answer.ts'
import type { OwnContext } from '../../front/request-context.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Authenticator, Client } from '../auth/authenticator.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { Breakers } from '../limits/breaker.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import { opens } from '../routing/device-access.ts'
import { parseAnswers, type RemoteRelays, relaysFor } from '../routing/remote-relays.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { DeepFinding, DeepHealth } from './deep-health.ts'
import type { DeviceAdmin } from './device-admin.ts'
import type { KeyState } from './landing-page.ts'
import { DevicesSchema, mergeDevices } from './device-view.ts'
import {
  FiguresSchema,
  healthOf,
  mergeFigures,
  mergeTunnels,
  type OwnerTunnels,
  toTunnelView,
  TunnelsSchema,
} from './owner-view.ts'

export interface OwnerRoutesOptions {
  readonly authenticator: Authenticator
  readonly routingIds: RoutingIds
  readonly directory: TunnelDirectory
  readonly breakers: Breakers
  readonly metrics: RelayMetrics
  readonly deepHealth: DeepHealth
  readonly devices: DeviceAdmin
  /** Other relays, if configured. */
  readonly remote: RemoteRelays | undefined
}

/** For an owner whose desktop is offline: a key's routing id does not reveal the owner. */
const NO_TUNNELS: OwnerTunnels = { userId: null, tunnels: [] }

/** Facts about an owner from this relay and others. */
interface Parts<T> {
  /** At least one element. */
  readonly all: readonly T[]
  /** The client, if this relay could authenticate it. */
  readonly client: Client | undefined
}

/** Serves owners' queries about their devices at all relays. */
export class OwnerRoutes {
  readonly #options: OwnerRoutesOptions

  constructor(options: OwnerRoutesOptions) {
    this.#options = options
  }

  /** @throws AppError like `Authenticator.authenticate` */
  async status(context: OwnContext): Promise<void> {
    const { all } = await this.#tunnelParts(context).catch((cause: unknown) => {
      if (this.#isOffline(context, toAppError(cause))) return { all: [NO_TUNNELS] }
      throw cause
    })
    const { userId, tunnels } = mergeTunnels(all)
    json(context, 200, { userId, online: tunnels.some(({ connected }) => connected), tunnels })
  }

  /** The state of a visitor's key. Never rejects. */
  async keyState(context: OwnContext): Promise<KeyState> {
    try {
      const { all } = await this.#tunnelParts(context)
      return mergeTunnels(all).tunnels.some(({ connected }) => connected) ? 'works' : 'offline'
    } catch (cause) {
      return toAppError(cause).code === 'KEY_UNKNOWN' ? 'unknown' : 'offline'
    }
  }

  /** @throws AppError like `Authenticator.authenticate` */
  async health(context: OwnContext): Promise<void> {
    const { all, client } = await this.#tunnelParts(context)
    const { userId, tunnels } = mergeTunnels(all)
    const health = { userId, ...healthOf({ userId, tunnels }), tunnels }
    if (!isDeep(context.request)) return json(context, 200, health)
    const deep = await this.#deep(client, all)
    const isWell = deep.ok || context.pass !== undefined
    const status = deep.ok ? health.status : 'degraded'
    json(context, isWell ? 200 : 503, { ...health, status, deep })
  }

  /** @throws AppError like `Authenticator.authenticate` */
  async figures(context: OwnContext): Promise<void> {
    const { metrics } = this.#options
    const { all } = await this.#parts(context, FiguresSchema, ({ ownerId, principal }) =>
      metrics.snapshotFor(ownerId, principal),
    )
    json(context, 200, mergeFigures(all))
  }

  /** @throws AppError FORBIDDEN for a key, and like `Authenticator.authenticate` */
  async devices(context: OwnContext): Promise<void> {
    const { devices } = this.#options
    const forOperator = devices.listForOperator(context.request)
    if (forOperator !== undefined) return json(context, 200, { devices: forOperator })
    const { all } = await this.#parts(context, DevicesSchema, ({ ownerId, principal }) => ({
      devices: devices.listFor(ownerId, principal),
    }))
    json(context, 200, mergeDevices(all))
  }

  #tunnelParts(context: OwnContext): Promise<Parts<OwnerTunnels>> {
    const { directory, breakers } = this.#options
    return this.#parts<OwnerTunnels>(context, TunnelsSchema, ({ ownerId, principal }) => ({
      userId: ownerId,
      tunnels: directory.tunnelsOf(ownerId).map((tunnel) => ({
        ...toTunnelView(tunnel),
        accepts: opens(principal, tunnel),
        failing: breakers.isOpen(tunnel),
      })),
    }))
  }

  /**
   * @param schema of other relays' responses
   * @param partHere this relay's own facts
   */
  async #parts<T>(
    context: OwnContext,
    schema: z.ZodType<T>,
    partHere: (client: Client) => T,
  ): Promise<Parts<T>> {
    const { authenticator, routingIds, remote } = this.#options
    const claim = await authenticator.claimOf(context)
    const others = relaysFor(context, remote)
    // Invalid keys must not cause queries.
    const isAsked = claim.client !== undefined || routingIds.isIssued(claim.routingId)
    const asked = isAsked ? others?.ask(context, claim.routingId) : undefined
    try {
      const client = await authenticator.clientOf(context, claim)
      return { all: [partHere(client), ...parseAnswers((await asked) ?? [], schema)], client }
    } catch (cause) {
      // The key's device may be at another relay.
      const answers = (await asked) ?? []
      if (answers.some(({ status }) => status === 403)) throw new AppError('FORBIDDEN')
      const all = parseAnswers(answers, schema)
      if (all.length === 0) throw cause
      return { all, client: undefined }
    }
  }

  /** Tested here if a device is here, otherwise another relay's result. */
  async #deep(client: Client | undefined, parts: readonly OwnerTunnels[]): Promise<DeepFinding> {
    const elsewhere = parts.flatMap(({ deep }) => deep ?? [])
    const found = elsewhere.find(({ ok }) => ok)
    if (found !== undefined) return found
    if (client !== undefined) return this.#options.deepHealth.check(client.ownerId, client.principal)
    return elsewhere[0] ?? { ok: false, detail: new AppError('OFFLINE').message }
  }

  /** Offline is a valid response here. A querying replica needs to know whether a device is moving. */
  #isOffline({ credential, pass }: OwnContext, { code }: AppError): boolean {
    if (code !== 'OFFLINE' || pass !== undefined) return false
    return credential.kind === 'key' && this.#options.directory.ownerAt(credential.routingId) === undefined
  }
}

function isDeep({ url = '' }: IncomingMessage): boolean {
  return new URLSearchParams(url.split('?', 2)[1]).get('deep') === '1'
}
