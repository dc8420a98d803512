/** Where pairing codes wait for somebody who shows one: their digests only. */
export interface CodeStore {
  /** Rejects where the store cannot be reached. */
  put(digest: string, ownerId: string, ttlMs: number): Promise<void>
  /** Whose code it is; it is gone with that. @throws AppError SHARED_STATE_UNREACHABLE */
  take(digest: string): Promise<string | undefined>
  /** Voids a code. Does its best, and never rejects. */
  drop(digest: string): Promise<void>
  /** Somebody showed a wrong code here. */
  tellWrongTry(): void
  /** `listener` hears of codes that were taken through another relay. */
  onTaken(listener: (digest: string) => void): void
  /** `listener` hears of wrong codes that were shown to another relay. */
  onWrongTry(listener: () => void): void
}

/** Codes of a relay that is alone. Whoever puts one in drops it in time. */
export class MemoryCodeStore implements CodeStore {
  readonly #owners = new Map<string, string>()

  async put(digest: string, ownerId: string): Promise<void> {
    this.#owners.set(digest, ownerId)
  }

  async take(digest: string): Promise<string | undefined> {
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
