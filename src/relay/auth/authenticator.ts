import type { KeyDigest, OwnerId } from '../../shared/brands.ts'
import { PROOF_FIELD } from '../../shared/device-proof.ts'
import { AppError } from '../../shared/errors.ts'
import { after, type Eventual } from '../../shared/eventual.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import { keyDigestOf } from '../../tunnel/digest.ts'
import type { ClientCredential } from '../../front/client-credential.ts'
import type { RequestFacts } from '../../front/request-context.ts'
import type { AuthFailures } from '../limits/auth-failures.ts'
import type { RoutingIds } from './routing-id.ts'
import type { ProvenRequest, TokenVerifier } from './token-verifier.ts'
import { splitTarget } from '../../shared/request-path.ts'

/** The parts of a tunnel that concern keys. */
export interface KeyHolder {
  readonly hasAnnounced: boolean
  hasKey(digest: KeyDigest): boolean
  /** Resolves once it has announced its keys, or after a timeout. */
  arrival(): Promise<unknown>
}

/** The tunnels of this relay, by owner. */
export interface KeyHolders {
  ownerAt(routingId: string): OwnerId | undefined
  tunnelsOf(ownerId: OwnerId): readonly KeyHolder[]
}

/** Facts from other relays about a key. */
export interface RemoteKeyFacts {
  /** The key's owner; `undefined` if none of them knows it. */
  readonly ownerId: OwnerId | undefined
  /** All relays have confirmed that they do not know it. */
  readonly isUnknown: boolean
}

/** The authenticated sender of a request. */
export interface Client {
  readonly ownerId: OwnerId
  /** The `sub` at the identity provider, if there is one. */
  readonly subject?: string
  readonly principal: Principal
}

/** A verified credential, as far as possible without a tunnel: `client` is known for tokens, but not yet for keys. */
export interface Claim {
  /** Identifies the owner's devices. */
  readonly routingId: string
  readonly principal: Principal
  readonly client: Client | undefined
}

/** The parts of a request needed for authentication. */
export type Authenticated = Pick<RequestFacts, 'request' | 'countedAs' | 'pass'> & {
  readonly credential: ClientCredential
  /** The owner in the path: an id, or the `sub` at the identity provider. */
  readonly userId: string | undefined
}

export interface AuthenticatorOptions {
  readonly authFailures: AuthFailures
  readonly tokenVerifier: TokenVerifier
  readonly routingIds: RoutingIds
  readonly directory: KeyHolders
}

/** Authenticates requests. */
export class Authenticator {
  readonly #options: AuthenticatorOptions

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /**
   * The client that sent the request.
   * @throws AppError UNAUTHORIZED, KEY_UNKNOWN, OFFLINE, FORBIDDEN, TOO_MANY_REQUESTS, and those of `TokenVerifier`
   */
  authenticate(request: Authenticated): Eventual<Client> {
    return after(this.claimOf(request), (claim) => this.clientOf(request, claim))
  }

  /** First half: verifies a token; a key is only parsed. @throws like `authenticate` */
  claimOf(request: Authenticated): Eventual<Claim> {
    const { credential } = request
    if (credential.kind === 'key') {
      const principal = { kind: 'key', digest: keyDigestOf(credential.key) } as const
      return { routingId: credential.routingId, principal, client: undefined }
    }
    return this.#options.authFailures.guard(request.countedAs, () => this.#tokenClaim(request))
  }

  /**
   * Second half: finds a key's owner, and checks the owner in the path.
   * @param remote queries other relays that may know the key
   * @throws like `authenticate`
   */
  clientOf(
    { countedAs, userId }: Authenticated,
    claim: Claim,
    remote?: () => Promise<RemoteKeyFacts>,
  ): Eventual<Client> {
    const client =
      claim.client ??
      this.#options.authFailures.guard(countedAs, () =>
        after(remote?.(), (facts) => this.#keyClient(claim, facts)),
      )
    return after(client, (known) => {
      if (userId !== undefined && userId !== known.ownerId && userId !== known.subject)
        throw new AppError('FORBIDDEN')
      return known
    })
  }

  async #tokenClaim(request: Authenticated): Promise<Claim> {
    const { credential } = request
    if (credential.kind !== 'token')
      throw new AppError('UNAUTHORIZED', credential.kind === 'malformed' ? credential.why : undefined)
    const { tokenVerifier, routingIds } = this.#options
    const bearer = await tokenVerifier.authenticate(credential.token, provenRequestOf(request))
    const { ownerId } = bearer
    const principal = { kind: 'owner', subject: ownerId } as const
    const client = { ownerId, principal, ...(bearer.kind === 'person' && { subject: bearer.subject }) }
    return { routingId: routingIds.routingIdFor(ownerId), principal, client }
  }

  #keyClient({ principal, routingId }: Claim, remote: RemoteKeyFacts | undefined): Eventual<Client> {
    if (remote?.ownerId !== undefined) return { ownerId: remote.ownerId, principal }
    const { directory, routingIds } = this.#options
    const ownerId = directory.ownerAt(routingId)
    const isKnown = ownerId === undefined ? false : this.#isKnown(ownerId, principal)
    return after(isKnown, (known) => {
      if (known && ownerId !== undefined) return { ownerId, principal }
      const isUnknown = remote?.isUnknown ?? ownerId !== undefined
      // Verifying a routing id costs more than looking it up, so it is done only if no device is found.
      if (isUnknown || !routingIds.isIssued(routingId)) throw new AppError('KEY_UNKNOWN')
      throw new AppError('OFFLINE')
    })
  }

  /** A newly connected device may not have announced its keys yet. @throws AppError OFFLINE after a timeout */
  #isKnown(ownerId: OwnerId, principal: Principal): Eventual<boolean> {
    const tunnels = this.#options.directory.tunnelsOf(ownerId)
    const knows = (tunnel: KeyHolder) => principal.kind === 'key' && tunnel.hasKey(principal.digest)
    if (tunnels.some(knows)) return true
    const silent = tunnels.filter((tunnel) => !tunnel.hasAnnounced)
    if (silent.length === 0) return false
    return Promise.all(silent.map((tunnel) => tunnel.arrival())).then(() => {
      if (silent.some(knows)) return true
      if (silent.some((tunnel) => !tunnel.hasAnnounced)) throw new AppError('OFFLINE')
      return false
    })
  }
}

/** The parts of a request that a device signs. */
function provenRequestOf({ request, pass }: Authenticated): ProvenRequest {
  const { method = '', url = '', headers } = request
  const shown = headers[PROOF_FIELD]
  return {
    method,
    path: splitTarget(url).path,
    proof: typeof shown === 'string' ? shown : undefined,
    isVouchedFor: pass !== undefined,
  }
}
