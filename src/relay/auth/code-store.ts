import type { OwnerId } from '../../shared/brands.ts'

/** Storage of pending pairing codes, by digest only. */
export interface CodeStore {
  /** Rejects if the store is unreachable. */
  put(digest: string, ownerId: OwnerId, ttlMs: number): Promise<void>
  /** Removes a code and returns its owner. @throws AppError SHARED_STATE_UNREACHABLE */
  take(digest: string): Promise<OwnerId | undefined>
  /** Voids a code. Best effort; never rejects. */
  drop(digest: string): Promise<void>
  /** Reports a wrong code to the other relays. */
  tellWrongTry(): void
  /** `listener` is called with codes used at another relay. */
  onTaken(listener: (digest: string) => void): void
  /** `listener` is called for wrong codes at another relay. */
  onWrongTry(listener: () => void): void
}

/** In-memory store of a single relay. The caller drops expired codes. */
export class MemoryCodeStore implements CodeStore {
  readonly #owners = new Map<string, OwnerId>()

  async put(digest: string, ownerId: OwnerId): Promise<void> {
    this.#owners.set(digest, ownerId)
  }

  async take(digest: string): Promise<OwnerId | undefined> {
    const ownerId = this.#owners.get(digest)
    this.#owners.delete(digest)
    return ownerId
  }

  async drop(digest: string): Promise<void> {
    this.#owners.delete(digest)
  }

  tellWrongTry(): void {}

  onTaken(): void {}

  onWrongTry(): void {}
}
