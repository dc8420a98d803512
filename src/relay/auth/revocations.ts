import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { CLOCK_TOLERANCE_MS, LIFETIME_S } from './credential.ts'
import { type RevocationEntry, RevocationSeal } from './revocation-entry.ts'

/** Persistent storage of entries. */
export interface RevocationStore {
  read(): Promise<readonly string[]>
  write(entries: readonly string[]): Promise<void>
}

/** Exchange of revocations between relays. */
export interface SharedRevocations {
  /** Adds entries at all relays. Rejects if the store is unreachable. */
  add(entries: readonly string[]): Promise<void>
  /** The entries of all relays. Rejects if the store is unreachable. */
  all(): Promise<readonly string[]>
  /** `listener` is called for each entry added by another relay. */
  onAdded(listener: (entry: string) => void): void
  /** `listener` is called when entries may have been missed. */
  onReconnected(listener: () => void): void
}

export interface RevocationsOptions {
  /** `SigningKey.revocationSecret` */
  readonly secret: Uint8Array
  readonly store: RevocationStore
  readonly shared: SharedRevocations | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** A newly revoked device. For a revocation at another relay only that relay knows the owner. */
export interface RevokedDevice {
  readonly digest: string
  readonly ownerId?: OwnerId
}

/** Further entries are refused: each is kept for 90 days, and owners can add them. */
const MAX_ENTRIES = 10_000

/** Revoked devices. An entry stays until all earlier credentials have expired. */
export class Revocations {
  readonly #options: RevocationsOptions
  readonly #seal: RevocationSeal
  /** Expiry in seconds since the epoch, by digest. */
  readonly #entries = new Map<string, number>()
  #onRevoked: (revoked: RevokedDevice) => void = () => {}

  private constructor(options: RevocationsOptions) {
    this.#options = options
    this.#seal = new RevocationSeal(options.secret)
  }

  /** @throws AppError CONFIG_INVALID if the stored list cannot be read */
  static async open(options: RevocationsOptions): Promise<Revocations> {
    const revocations = new Revocations(options)
    revocations.#take(await options.store.read())
    const { shared } = options
    shared?.onAdded((entry) => void revocations.#heard([entry]))
    shared?.onReconnected(() => void revocations.#exchange(shared))
    if (shared !== undefined) await revocations.#exchange(shared)
    return revocations
  }

  /** `listener` is called for each revoked device, here or at another relay. */
  onRevoked(listener: (revoked: RevokedDevice) => void): void {
    this.#onRevoked = listener
  }

  isRevoked(ownerId: OwnerId, deviceId: string): boolean {
    return this.#entries.size > 0 && this.isListed(this.digestOf(ownerId, deviceId))
  }

  digestOf(ownerId: OwnerId, deviceId: string): string {
    return this.#seal.digestOf(ownerId, deviceId)
  }

  isListed(digest: string): boolean {
    return (this.#entries.get(digest) ?? 0) * 1000 > this.#options.clock.now()
  }

  /**
   * Revokes a device at all relays immediately.
   * @returns whether the revocation is persistent
   * @throws AppError TOO_MANY_REQUESTS if the list is full
   */
  async revoke(ownerId: OwnerId, deviceId: string): Promise<boolean> {
    const { clock, shared, logger } = this.#options
    this.#forgetEnded()
    const digest = this.digestOf(ownerId, deviceId)
    if (!this.#entries.has(digest) && this.#entries.size >= MAX_ENTRIES)
      throw new AppError('TOO_MANY_REQUESTS', 'The maximum number of revoked devices is reached.')
    const untilS = Math.ceil((clock.now() + CLOCK_TOLERANCE_MS) / 1000) + LIFETIME_S
    this.#entries.set(digest, untilS)
    this.#onRevoked({ digest, ownerId })
    const kept = [this.#save(), shared?.add([this.#seal.format({ digest, untilS })])]
    const results = await Promise.allSettled(kept.filter((one) => one !== undefined))
    for (const result of results)
      if (result.status === 'rejected')
        logger.error({ code: toAppError(result.reason).code }, 'revocation not stored')
    return results.some(({ status }) => status === 'fulfilled')
  }

  /** @returns whether any of the entries is new */
  #take(texts: readonly string[]): boolean {
    const news = texts
      .slice(0, MAX_ENTRIES)
      .flatMap((text) => this.#seal.parse(text) ?? [])
      .filter((entry) => this.#isNews(entry))
    for (const { digest, untilS } of news) {
      this.#entries.set(digest, untilS)
      this.#onRevoked({ digest })
    }
    return news.length > 0
  }

  #isNews({ digest, untilS }: RevocationEntry): boolean {
    const isOver = untilS * 1000 <= this.#options.clock.now()
    return !isOver && this.#entries.size < MAX_ENTRIES && untilS > (this.#entries.get(digest) ?? 0)
  }

  async #heard(texts: readonly string[]): Promise<void> {
    const { logger } = this.#options
    if (!this.#take(texts)) return
    await this.#save().catch((cause: unknown) =>
      logger.error({ code: toAppError(cause).code }, 'revocation not stored'),
    )
  }

  /** Synchronises entries with the other relays. Never rejects: a reconnection retries. */
  async #exchange(shared: SharedRevocations): Promise<void> {
    try {
      const theirs = await shared.all()
      await this.#heard(theirs)
      const known = new Set(theirs)
      const lacking = this.#texts().filter((text) => !known.has(text))
      if (lacking.length > 0) await shared.add(lacking)
    } catch (cause) {
      this.#options.logger.debug({ cause }, 'revocations not exchanged')
    }
  }

  #save(): Promise<void> {
    this.#forgetEnded()
    return this.#options.store.write(this.#texts())
  }

  #texts(): string[] {
    return Array.from(this.#entries, ([digest, untilS]) => this.#seal.format({ digest, untilS }))
  }

  #forgetEnded(): void {
    for (const digest of Array.from(this.#entries.keys()))
      if (!this.isListed(digest)) this.#entries.delete(digest)
  }
}
