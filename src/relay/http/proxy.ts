import type { UpstreamContext } from '../../front/request-context.ts'
import type { BodyAllowance, BodyMemory } from '../../shared/body-memory.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { after, type Eventual, orElse } from '../../shared/eventual.ts'
import { hasBody } from '../../shared/headers.ts'
import type { Authenticator, Claim, Client } from '../auth/authenticator.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { Breakers } from '../limits/breaker.ts'
import type { Release } from '../limits/fair-queue.ts'
import type { RequestLimits } from '../limits/request-limits.ts'
import { opens } from '../routing/device-access.ts'
import type { RemoteDevices } from '../routing/remote-devices.ts'
import { type RemoteRelays, relaysFor } from '../routing/remote-relays.ts'
import { type Destination, type DestinationElsewhere, Router } from '../routing/router.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { Admitted, DeviceForwarder } from './device-forwarder.ts'
import { Placement, type Progress } from './placement.ts'

export interface ProxyOptions {
  readonly clock: Clock
  readonly authenticator: Authenticator
  readonly routingIds: RoutingIds
  readonly directory: TunnelDirectory
  readonly limits: RequestLimits
  readonly breakers: Breakers
  readonly forwarder: DeviceForwarder
  /** For what is kept of bodies. */
  readonly bodyMemory: BodyMemory
  /** Of any request but a blob. */
  readonly maxBodyBytes: number
  /** Other relays, where there are some. */
  readonly remote: RemoteRelays | undefined
  /** False while the relay is stopping, and nobody else is there to be asked. */
  readonly isReady: () => boolean
}

const DRAINING_RETRY_S = 2

/**
 * Brings a request from a client to the right device: authenticates it, counts it, chooses the device and forwards it. Where all of
 * that is known at once, as for a key at a device of this relay, the request is on its way without a turn of the event loop.
 */
export class Proxy {
  readonly #options: ProxyOptions
  readonly #router: Router

  constructor(options: ProxyOptions) {
    this.#options = options
    this.#router = new Router(options.clock, (tunnel) => options.breakers.isOpen(tunnel))
  }

  /** @throws AppError why it is not answered: nothing has been sent to the client then, nor to a device */
  forward(context: UpstreamContext): Eventual<void> {
    const { isReady, remote, authenticator } = this.#options
    // Before anything else: the owner's tunnel may have gone elsewhere already.
    if (!isReady()) throw new AppError('DRAINING', undefined, { retryAfterS: DRAINING_RETRY_S })
    const others = relaysFor(context, remote)
    return others === undefined
      ? after(authenticator.authenticate(context), (client) => this.#serveOnlyHere(context, client))
      : this.#place(context, others)
  }

  #serveOnlyHere(context: UpstreamContext, client: Client): Eventual<void> {
    const progress = { isCounted: context.pass?.isCounted === true }
    return after(this.#serve(context, client, progress), () => {})
  }

  async #place(context: UpstreamContext, remote: RemoteRelays): Promise<void> {
    const { authenticator, routingIds, clock } = this.#options
    const claim = await authenticator.claimOf(context)
    const serve = async (progress: Progress, survey?: () => Promise<RemoteDevices>) => {
      const client = await authenticator.clientOf(context, claim, survey)
      return this.#serve(context, client, progress, survey)
    }
    // Nonsense must not cost the others anything.
    if (claim.client === undefined && !routingIds.isIssued(claim.routingId))
      return void (await serve({ isCounted: false }))
    const isHere = () => this.#isHere(claim)
    await new Placement({ context, routingId: claim.routingId, remote, clock, isHere, serve }).settle()
  }

  #isHere({ routingId }: Claim): boolean {
    const { directory } = this.#options
    const ownerId = directory.ownerAt(routingId)
    return ownerId !== undefined && directory.tunnelsOf(ownerId).some(({ isLeaving }) => !isLeaving)
  }

  /** @returns the device at another relay that is the right one: the request has been counted then, and nothing else */
  #serve(
    context: UpstreamContext,
    client: Client,
    progress: Progress,
    survey?: () => Promise<RemoteDevices>,
  ): Eventual<DestinationElsewhere | undefined> {
    const maxBodyBytes = this.#bodyLimitFor(context)
    return after(this.#placeFor(context, client, progress), (release) => {
      // The client left meanwhile.
      if (release === undefined) return undefined
      progress.isCounted = true
      return orElse(
        () => {
          const memory = this.#memoryFor(context, client)
          const destination = after(survey?.(), (elsewhere) =>
            this.#destinationFor(context, memory, client, elsewhere),
          )
          const admitted = { client, maxBodyBytes, memory, release }
          return after(destination, (found) => this.#send(context, admitted, found))
        },
        (cause) => {
          release()
          throw cause
        },
      )
    })
  }

  #send(
    context: UpstreamContext,
    admitted: Admitted,
    destination: Destination,
  ): Eventual<DestinationElsewhere | undefined> {
    const { forwarder } = this.#options
    // A client that left while we waited does not say so again.
    const isGone = context.response.destroyed
    if (isGone || destination.kind === 'elsewhere') admitted.release()
    if (isGone) return undefined
    switch (destination.kind) {
      case 'elsewhere':
        return destination
      case 'everyDevice':
        return forwarder.list(context, admitted, destination).then(() => undefined)
      case 'device':
        forwarder.forward(context, admitted, destination)
        taken(context)
        return undefined
    }
  }

  /** Waits for the request's turn. `undefined`: its client left meanwhile. */
  #placeFor(
    { response, countedAs }: UpstreamContext,
    { ownerId, principal }: Client,
    { isCounted }: Progress,
  ): Eventual<Release | undefined> {
    const key = principal.kind === 'key' ? principal.digest : undefined
    return this.#options.limits.enter({ ownerId, key, address: countedAs, isCounted }, (giveUp) => {
      if (response.destroyed) giveUp()
      else response.once('close', giveUp)
    })
  }

  /** Lasts as long as the client waits for its answer. */
  #memoryFor({ response }: UpstreamContext, { ownerId }: Client): BodyAllowance {
    const memory = this.#options.bodyMemory.open(ownerId)
    if (response.destroyed) memory.close()
    else response.once('close', () => memory.close())
    return memory
  }

  /**
   * Whether a path exists at the upstream is for the bridge to say; blobs are the one thing without a limit.
   * @throws AppError BODY_TOO_LARGE where the length alone says so
   */
  #bodyLimitFor({ request, match }: UpstreamContext): number {
    const isBlob = match.kind === 'found' && match.route.body === 'blob'
    const limit = isBlob ? Infinity : this.#options.maxBodyBytes
    if (Number(request.headers['content-length'] ?? 0) > limit) throw new AppError('BODY_TOO_LARGE')
    return limit
  }

  #destinationFor(
    context: UpstreamContext,
    memory: BodyAllowance,
    { ownerId, principal }: Client,
    elsewhere: RemoteDevices | undefined,
  ): Eventual<Destination> {
    const tunnels = this.#options.directory.tunnelsOf(ownerId).filter((tunnel) => opens(principal, tunnel))
    // The part of a body that is read to find the right device is not read again.
    if (tunnels.length > 1 && hasBody(context.request.headers)) taken(context)
    return this.#router.destinationFor(context, memory, tunnels, elsewhere)
  }
}

/** Tells a replica that passed the request on that it is answered here. */
function taken({ pass, response }: UpstreamContext): void {
  if (pass !== undefined) response.writeProcessing()
}
