import { createHmac, timingSafeEqual } from 'node:crypto'
import type { OwnerId } from '../../shared/brands.ts'

const ENTRY = /^([\w-]{43})\.(\d{1,12})\.([\w-]{43})$/

/** A revoked device in stored and shared form: contains no names, and can only be created with the signing key. */
export interface RevocationEntry {
  /** HMAC of owner and device. */
  readonly digest: string
  /** Seconds since the epoch; by then every credential from before the revocation has expired. */
  readonly untilS: number
}

/** Encodes and decodes entries with a secret derived from the signing key. */
export class RevocationSeal {
  readonly #secret: Uint8Array

  /** @param secret `SigningKey.revocationSecret` */
  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  digestOf(ownerId: OwnerId, deviceId: string): string {
    return this.#mac(JSON.stringify([ownerId, deviceId]))
  }

  format({ digest, untilS }: RevocationEntry): string {
    return `${digest}.${untilS}.${this.#mac(`${digest}.${untilS}`)}`
  }

  /** `undefined` for anything not created with this secret. */
  parse(text: string): RevocationEntry | undefined {
    const [, digest = '', until = '', mac = ''] = ENTRY.exec(text) ?? []
    if (mac === '') return undefined
    const isOurs = timingSafeEqual(Buffer.from(mac), Buffer.from(this.#mac(`${digest}.${until}`)))
    return isOurs ? { digest, untilS: Number(until) } : undefined
  }

  #mac(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url')
  }
}
