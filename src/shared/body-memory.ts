import type { Allowance } from './byte-queue.ts'
import { AppError } from './errors.ts'

export interface BodyMemoryLimits {
  /** Limit for the requests of one owner, in bytes. */
  readonly maxOwnerBytes: number
  /** Limit for all requests of this process, in bytes. */
  readonly maxTotalBytes: number
}

/** Memory reserved for the bodies of one request or tunnel. */
export interface BodyAllowance extends Allowance {
  /** False if there is not enough room; nothing is taken then. */
  tryTake(bytes: number): boolean
  readonly takenBytes: number
  /**
   * Shrinks the reservation to `bytes`. A slightly larger value is accepted, since converted bytes may exceed the
   * original.
   */
  keep(bytes: number): void
  /** Releases the whole reservation; later `take` calls fail. Idempotent. */
  close(): void
}

const RETRY_S = 5

/** The memory budget of a process for buffered bodies, in total and per owner. */
export class BodyMemory {
  readonly #limits: BodyMemoryLimits
  /** Bytes by owner, without zero entries. */
  readonly #owners = new Map<string, number>()
  #takenBytes = 0

  constructor(limits: BodyMemoryLimits) {
    this.#limits = limits
  }

  /** Bytes currently taken. */
  get takenBytes(): number {
    return this.#takenBytes
  }

  /** Number of owners with reservations. */
  get ownerCount(): number {
    return this.#owners.size
  }

  /**
   * For one request or tunnel. `take` throws AppError TOO_MANY_BYTES at the owner's limit, MEMORY_FULL at the process's
   * limit.
   */
  open(owner: string): BodyAllowance {
    let takenBytes = 0
    let isOpen = true
    const take = (bytes: number): void => {
      if (!isOpen) throw new AppError('INTERNAL', 'the request is over')
      takenBytes += bytes
      this.#count(owner, bytes)
    }
    const giveBack = (bytes: number): void => {
      if (bytes > takenBytes) throw new AppError('INTERNAL', 'more memory was given back than was taken')
      takenBytes -= bytes
      this.#count(owner, -bytes)
    }
    return {
      get takenBytes() {
        return takenBytes
      },
      take: (bytes) => {
        const lack = this.#lackFor(owner, bytes)
        if (lack !== undefined) throw new AppError(lack, undefined, { retryAfterS: RETRY_S })
        take(bytes)
      },
      tryTake: (bytes) => {
        if (this.#lackFor(owner, bytes) !== undefined) return false
        take(bytes)
        return true
      },
      giveBack: (bytes) => {
        if (isOpen) giveBack(bytes)
      },
      keep: (bytes) => {
        if (isOpen) giveBack(takenBytes - bytes)
      },
      close: () => {
        isOpen = false
        giveBack(takenBytes)
      },
    }
  }

  #lackFor(owner: string, bytes: number): 'TOO_MANY_BYTES' | 'MEMORY_FULL' | undefined {
    const { maxOwnerBytes, maxTotalBytes } = this.#limits
    if ((this.#owners.get(owner) ?? 0) + bytes > maxOwnerBytes) return 'TOO_MANY_BYTES'
    return this.#takenBytes + bytes > maxTotalBytes ? 'MEMORY_FULL' : undefined
  }

  #count(owner: string, change: number): void {
    this.#takenBytes += change
    const bytes = (this.#owners.get(owner) ?? 0) + change
    if (bytes > 0) this.#owners.set(owner, bytes)
    else this.#owners.delete(owner)
  }
}
