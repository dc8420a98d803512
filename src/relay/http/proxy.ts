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
import type { AdmittedClient, DeviceForwarder } from './device-forwarder.ts'
import { Placement, type Progress } from './placement.ts'

export interface ProxyOptions {
  readonly clock: Clock
  readonly authenticator: Authenticator
  readonly routingIds: RoutingIds
  readonly directory: TunnelDirectory
  readonly limits: RequestLimits
  readonly breakers: Breakers
  readonly forwarder: DeviceForwarder
  /** Accounts for buffered bodies. */
  readonly bodyMemory: BodyMemory
  /** For any request except blobs. */
  readonly maxBodyBytes: number
  /** Other relays, if configured. */
  readonly remote: RemoteRelays | undefined
  /** False while the relay is stopping and no other relay is available. */
  readonly isReady: () => boolean
}

/**
 * Routes a client's request to a device: authenticates and counts it, chooses the device and forwards it. If everything
 * is known immediately, as for a key at a local device, the request is forwarded without a turn of the event loop.
 */
export class Proxy {
  readonly #options: ProxyOptions
  readonly #router: Router

  constructor(options: ProxyOptions) {
    this.#options = options
    this.#router = new Router(options.clock, (tunnel) => options.breakers.isOpen(tunnel))
  }

  /** @throws AppError why it was refused; nothing has been sent to the client or a device */
  forward(context: UpstreamContext): Eventual<void> {
    const { isReady, remote, authenticator } = this.#options
    // Checked first: the owner's tunnel may have moved already.
    if (!isReady()) throw new AppError('DRAINING')
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
    // Invalid keys must not cause queries.
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

  /** @returns the chosen device at another relay; the request has only been counted then */
  #serve(
    context: UpstreamContext,
    client: Client,
    progress: Progress,
    survey?: () => Promise<RemoteDevices>,
  ): Eventual<DestinationElsewhere | undefined> {
    const maxBodyBytes = this.#bodyLimitFor(context)
    return after(this.#placeFor(context, client, progress), (release) => {
      // The client has disconnected meanwhile.
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
    admitted: AdmittedClient,
    destination: Destination,
  ): Eventual<DestinationElsewhere | undefined> {
    const { forwarder } = this.#options
    // The disconnect of a client that left while waiting is not reported again.
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

  /** Waits for a concurrency slot. `undefined` if the client disconnected meanwhile. */
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

  /** Released when the client's response has ended. */
  #memoryFor({ response }: UpstreamContext, { ownerId }: Client): BodyAllowance {
    const memory = this.#options.bodyMemory.open(ownerId)
    if (response.destroyed) memory.close()
    else response.on('close', () => memory.close())
    return memory
  }

  /**
   * The body limit of a request. The bridge decides whether a path exists; only blobs are unlimited.
   * @throws AppError BODY_TOO_LARGE if the announced length exceeds it
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
    // The part of a body that routing has read cannot be read again.
    if (tunnels.length > 1 && hasBody(context.request.headers)) taken(context)
    return this.#router.destinationFor(context, memory, tunnels, elsewhere)
  }
}

/** Tells the replica that passed on the request that it was accepted. */
function taken({ pass, response }: UpstreamContext): void {
  if (pass !== undefined) response.writeProcessing()
}
