import type { IncomingMessage } from 'node:http'
import type { OwnerId } from '../../shared/brands.ts'
import type { OwnContext } from '../../front/request-context.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Revocations } from '../auth/revocations.ts'
import type { RelayConfig } from '../config.ts'
import type { CreateLimiter, SlidingWindow } from '../limits/sliding-window.ts'
import type { Audit } from '../observe/audit.ts'
import type { DeviceLedger, KnownDevice } from '../tunnels/device-ledger.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { DeviceView } from './device-view.ts'
import { showsOperatorToken } from './operator.ts'

export interface DeviceAdminOptions {
  readonly config: Pick<RelayConfig, 'operatorToken'>
  readonly clock: Clock
  readonly directory: TunnelDirectory
  readonly ledger: DeviceLedger
  readonly revocations: Revocations
  readonly authenticator: Pick<Authenticator, 'authenticate'>
  readonly audit: Audit
  readonly createLimiter: CreateLimiter
}

export interface Revoked {
  readonly deviceId: string
  readonly revoked: true
  /** Whether this relay has seen the device since it started. */
  readonly known: boolean
  /** Whether the revocation survives a restart. */
  readonly lasting: boolean
}

/** Limited, since each is kept for 90 days. */
const REVOCATIONS_A_DAY = 100
const DAY_S = 86_400
const DEVICE_PATH = /^\/api\/tunnel\/devices\/([\w-]{1,64})$/

/** Lists and revokes devices, for owners and the operator. */
export class DeviceAdmin {
  readonly #options: DeviceAdminOptions
  readonly #perOwner: SlidingWindow

  constructor(options: DeviceAdminOptions) {
    this.#options = options
    this.#perOwner = options.createLimiter('revocation', REVOCATIONS_A_DAY, DAY_S)
  }

  /** All devices known to this relay; `undefined` for anyone but the operator. */
  listForOperator(request: IncomingMessage): DeviceView[] | undefined {
    const { config, ledger } = this.#options
    if (!showsOperatorToken(request, config.operatorToken)) return undefined
    return ledger.all().map((device) => this.#viewOf(device))
  }

  /** An owner's devices. @throws AppError FORBIDDEN for a key */
  listFor(ownerId: OwnerId, principal: Principal): DeviceView[] {
    refuseKey(principal)
    return this.#options.ledger.of(ownerId).map((device) => this.#viewOf(device))
  }

  /**
   * @throws AppError BAD_REQUEST, FORBIDDEN, DEVICE_UNKNOWN, TOO_MANY_REQUESTS, and like `Authenticator.authenticate`
   */
  async revoke(context: OwnContext): Promise<Revoked> {
    const { request, path } = context
    const { ledger, revocations, audit, config } = this.#options
    const [, deviceId] = DEVICE_PATH.exec(path) ?? []
    const isOperator = showsOperatorToken(request, config.operatorToken)
    const ownerId = isOperator ? this.#ownerNamedIn(request, deviceId) : await this.#ownerWhoAsks(context)
    if (deviceId === undefined) throw new AppError('BAD_REQUEST', 'This is not a device id.')
    if (!isOperator) await this.#perOwner.take(ownerId)
    const known = ledger.of(ownerId).some((device) => device.deviceId === deviceId)
    const lasting = await revocations.revoke(ownerId, deviceId)
    audit.note('revocation', { ownerId, deviceId, by: isOperator ? 'operator' : 'owner' })
    return { deviceId, revoked: true, known, lasting }
  }

  async #ownerWhoAsks(context: OwnContext): Promise<OwnerId> {
    const { ownerId, principal } = await this.#options.authenticator.authenticate(context)
    refuseKey(principal)
    return ownerId
  }

  /** For the operator the owner is optional if this relay knows the device. */
  #ownerNamedIn({ url = '' }: IncomingMessage, deviceId: string | undefined): OwnerId {
    const named = new URLSearchParams(url.split('?', 2)[1]).get('owner')
    if (named !== null) return named as OwnerId
    const owners = this.#options.ledger.all().filter((device) => device.deviceId === deviceId)
    const [owner, ...others] = owners
    if (owner !== undefined && others.length === 0) return owner.ownerId
    throw new AppError('DEVICE_UNKNOWN', 'This relay does not know whose device this is. Add ?owner=<id>.')
  }

  #viewOf({ ownerId, deviceId, deviceName, lastSeenAt }: KnownDevice): DeviceView {
    const { directory, revocations, clock } = this.#options
    const connected = directory
      .tunnelsOf(ownerId)
      .some(({ credential, isAttached }) => isAttached && credential.deviceId === deviceId)
    return {
      userId: ownerId,
      deviceId,
      deviceName,
      connected,
      lastSeen: new Date(connected ? clock.now() : lastSeenAt).toISOString(),
      revoked: revocations.isRevoked(ownerId, deviceId),
    }
  }
}

function refuseKey({ kind }: Principal): void {
  if (kind === 'key')
    throw new AppError(
      'FORBIDDEN',
      'A key cannot manage devices: sign in, or use one of the owner’s devices.',
    )
}
