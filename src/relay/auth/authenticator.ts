import { PROOF_FIELD } from '../../shared/device-proof.ts'
import { AppError } from '../../shared/errors.ts'
import { after, type Eventual } from '../../shared/eventual.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import { digestOf } from '../../tunnel/digest.ts'
import type { ClientCredential } from '../../front/client-credential.ts'
import type { RequestFacts } from '../../front/request-context.ts'
import type { AuthFailures } from '../limits/auth-failures.ts'
import type { RoutingIds } from './routing-id.ts'
import type { ProvenRequest, TokenVerifier } from './token-verifier.ts'

/** A tunnel, as far as it knows keys. */
export interface KeyHolder {
  readonly hasAnnounced: boolean
  hasKey(digest: string): boolean
  /** Resolves once it has announced its keys, or some moments later. */
  arrival(): Promise<unknown>
}

/** The tunnels of this relay, by owner. */
export interface KeyHolders {
  ownerAt(routingId: string): string | undefined
  tunnelsOf(ownerId: string): readonly KeyHolder[]
}

/** What other relays say about a key. */
export interface RemoteKeyFacts {
  /** Whose it is; `undefined` where none of them knows it. */
  readonly ownerId: string | undefined
  /** That none of them knows it is certain: all have said so. */
  readonly isUnknown: boolean
}

/** Who sent a request. */
export interface Client {
  readonly ownerId: string
  /** The name at their identity provider, where there is one. */
  readonly subject?: string
  readonly principal: Principal
}

/** A credential, judged once and as far as that takes no tunnel: `client` is settled for tokens, and not yet for keys. */
export interface Claim {
  /** By which the owner's devices are found. */
  readonly routingId: string
  readonly principal: Principal
  readonly client: Client | undefined
}

/** A request, as far as it is authenticated. */
export type Authenticated = Pick<RequestFacts, 'request' | 'countedAs' | 'pass'> & {
  readonly credential: ClientCredential
  /** The owner's id here, or their name at their identity provider: whose devices the path names. */
  readonly userId: string | undefined
}

export interface AuthenticatorOptions {
  readonly authFailures: AuthFailures
  readonly tokenVerifier: TokenVerifier
  readonly routingIds: RoutingIds
  readonly directory: KeyHolders
}

const OFFLINE_RETRY_S = 5

/** Finds out whose request it is. */
export class Authenticator {
  readonly #options: AuthenticatorOptions

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /**
   * Whose request it is.
   * @throws AppError UNAUTHORIZED, KEY_UNKNOWN, OFFLINE, FORBIDDEN, TOO_MANY_REQUESTS, and those of `TokenVerifier`
   */
  authenticate(request: Authenticated): Eventual<Client> {
    return after(this.claimOf(request), (claim) => this.clientOf(request, claim))
  }

  /** The first half: verifies a token, and takes a key for what it says it is. @throws as `authenticate` */
  claimOf(request: Authenticated): Eventual<Claim> {
    const { credential } = request
    if (credential.kind === 'key') {
      const principal = { kind: 'key', digest: digestOf(credential.key) } as const
      return { routingId: credential.routingId, principal, client: undefined }
    }
    return this.#options.authFailures.guard(request.countedAs, () => this.#tokenClaim(request))
  }

  /**
   * The second half: finds the owner of a key, and holds the client to the owner that the path names.
   * @param remote asks other relays, where they may know a key that this one does not
   * @throws as `authenticate`
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
      // Proving a routing id costs more than finding one: only those that nobody is at have to be told apart.
      if (isUnknown || !routingIds.isIssued(routingId)) throw new AppError('KEY_UNKNOWN')
      throw offline()
    })
  }

  /** A device that has just connected may not have announced its keys yet. @throws AppError OFFLINE where it still has not. */
  #isKnown(ownerId: string, principal: Principal): Eventual<boolean> {
    const tunnels = this.#options.directory.tunnelsOf(ownerId)
    const knows = (tunnel: KeyHolder) => principal.kind === 'key' && tunnel.hasKey(principal.digest)
    if (tunnels.some(knows)) return true
    const silent = tunnels.filter((tunnel) => !tunnel.hasAnnounced)
    if (silent.length === 0) return false
    return Promise.all(silent.map((tunnel) => tunnel.arrival())).then(() => {
      if (silent.some(knows)) return true
      if (silent.some((tunnel) => !tunnel.hasAnnounced)) throw offline()
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
    path: url.replace(/\?.*$/s, ''),
    proof: typeof shown === 'string' ? shown : undefined,
    isVouchedFor: pass !== undefined,
  }
}

function offline(): AppError {
  return new AppError('OFFLINE', undefined, { retryAfterS: OFFLINE_RETRY_S })
}
