import { createHmac, randomInt, randomUUID } from 'node:crypto'
import type { OwnerId } from '../../shared/brands.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { PairingLimits } from '../limits/pairing-limits.ts'
import type { RoutingIds } from './routing-id.ts'
import type { CodeStore } from './code-store.ts'
import type { Credentials } from './credential.ts'
import { thumbprintOf } from './device-proof.ts'

/** The response to a valid code. */
export interface Pairing {
  readonly credential: string
  readonly deviceId: string
  readonly ownerId: OwnerId
  readonly address: string
}

export interface PairingServiceOptions {
  readonly credentials: Credentials
  readonly routingIds: RoutingIds
  readonly clock: Clock
  readonly limits: PairingLimits
  readonly store: CodeStore
  /** `SigningKey.codeSecret` */
  readonly codeSecret: Uint8Array
  /** A code created automatically because the previous one was used, voided or expired. */
  readonly onCode: (code: string, ownerId: OwnerId) => void
}

interface LiveCode {
  /** Keyed, since all possible codes could be hashed within seconds. */
  readonly digest: string
  readonly expiry: Timer
  /** Wrong tries since its creation, at all relays. */
  wrongTries: number
}

/** Excludes ambiguous characters: 0/O, 1/I/L. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const CODE_CHARS = 8
const TTL_MS = 10 * 60 * 1000
const STORE_RETRY_MS = 2_000
/** A code is voided after this many wrong guesses: 50 of 31^8. */
const MAX_WRONG_TRIES = 50
/** Under constant guessing, each new code lives long enough to be typed in. */
const BURN_EVERY_MS = 60_000
const MAX_NAME_CHARS = 64

/** Exchanges one-time codes for device credentials. Each owner has one valid code. */
export class PairingService {
  readonly #options: PairingServiceOptions
  readonly #codes = new Map<OwnerId, LiveCode>()
  #burntAt = -Infinity

  constructor(options: PairingServiceOptions) {
    this.#options = options
    options.store.onTaken((digest) => this.#taken(digest))
    options.store.onWrongTry(() => this.#countWrongTry())
  }

  /** Creates a code, `XXXX-XXXX`, valid once and for ten minutes. Voids the owner's previous code of this relay. */
  mint(ownerId: OwnerId): string {
    this.#void(ownerId)
    const code = Array.from({ length: CODE_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
    const digest = this.#digestOf(code)
    const expiry = this.#options.clock.after(TTL_MS, () => this.#renew(ownerId))
    this.#codes.set(ownerId, { digest, expiry, wrongTries: 0 })
    this.#keep(ownerId, digest)
    return `${code.slice(0, 4)}-${code.slice(4)}`
  }

  /**
   * Redeems a code.
   * @param remoteAddress address whose wrong tries are counted together
   * @param deviceKey the device's public key, accepted by `isDeviceKey`; without one its credential is unbound
   * @throws AppError PAIRING_CODE_INVALID, PAIRING_LOCKED, SHARED_STATE_UNREACHABLE
   */
  async redeem(
    code: string,
    deviceName: string,
    remoteAddress: string,
    deviceKey?: string,
  ): Promise<Pairing> {
    const attempt = await this.#options.limits.enter(remoteAddress)
    const digest = this.#digestOf(normalised(code))
    const ownerId = await this.#options.store.take(digest)
    if (ownerId === undefined) {
      this.#options.store.tellWrongTry()
      this.#countWrongTry()
      await attempt.wrong()
      throw new AppError('PAIRING_CODE_INVALID')
    }
    await attempt.right()
    const device = { ownerId, deviceId: randomUUID(), deviceName: toDeviceName(deviceName) }
    const credential = await this.#options.credentials.issue(device, deviceKey && thumbprintOf(deviceKey))
    this.#taken(digest)
    return {
      credential,
      deviceId: device.deviceId,
      ownerId,
      address: this.#options.routingIds.routingIdFor(ownerId),
    }
  }

  /** Voids all codes created here. */
  close(): void {
    for (const ownerId of Array.from(this.#codes.keys())) this.#void(ownerId)
  }

  /** A code is not valid until it has been stored. */
  #keep(ownerId: OwnerId, digest: string): void {
    const { store, clock } = this.#options
    store.put(digest, ownerId, TTL_MS).catch(() => {
      clock.after(STORE_RETRY_MS, () => {
        if (this.#codes.get(ownerId)?.digest === digest) this.#keep(ownerId, digest)
      })
    })
  }

  #void(ownerId: OwnerId): void {
    const former = this.#codes.get(ownerId)
    if (former === undefined) return
    former.expiry.cancel()
    this.#codes.delete(ownerId)
    void this.#options.store.drop(former.digest)
  }

  /** A code was used. If it was created here, create another. */
  #taken(digest: string): void {
    for (const [ownerId, code] of Array.from(this.#codes)) if (code.digest === digest) this.#renew(ownerId)
  }

  /** Each relay voids the codes it created. */
  #countWrongTry(): void {
    for (const code of this.#codes.values()) code.wrongTries += 1
    const now = this.#options.clock.monotonic()
    if (now - this.#burntAt < BURN_EVERY_MS) return
    for (const [ownerId, { wrongTries }] of Array.from(this.#codes)) {
      if (wrongTries < MAX_WRONG_TRIES) continue
      this.#burntAt = now
      this.#renew(ownerId)
    }
  }

  #renew(ownerId: OwnerId): void {
    this.#options.onCode(this.mint(ownerId), ownerId)
  }

  #digestOf(code: string): string {
    return createHmac('sha256', this.#options.codeSecret).update(code).digest('base64url')
  }
}

function normalised(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '')
}

/** A device's name, sanitized for display and logs. */
export function toDeviceName(name: string): string {
  const printable = name.replaceAll(/\p{C}/gu, '').trim().slice(0, MAX_NAME_CHARS)
  return printable === '' ? 'desktop' : printable
}
