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
    return new OwnersAllowance(this, owner)
  }

  /** The reason why this owner cannot take so many bytes, if any. */
  lackFor(owner: string, bytes: number): 'TOO_MANY_BYTES' | 'MEMORY_FULL' | undefined {
    const { maxOwnerBytes, maxTotalBytes } = this.#limits
    if ((this.#owners.get(owner) ?? 0) + bytes > maxOwnerBytes) return 'TOO_MANY_BYTES'
    return this.#takenBytes + bytes > maxTotalBytes ? 'MEMORY_FULL' : undefined
  }

  count(owner: string, change: number): void {
    if (change === 0) return
    this.#takenBytes += change
    const bytes = (this.#owners.get(owner) ?? 0) + change
    if (bytes > 0) this.#owners.set(owner, bytes)
    else this.#owners.delete(owner)
  }
}

class OwnersAllowance implements BodyAllowance {
  readonly #memory: BodyMemory
  readonly #owner: string
  #takenBytes = 0
  #isOpen = true

  constructor(memory: BodyMemory, owner: string) {
    this.#memory = memory
    this.#owner = owner
  }

  get takenBytes(): number {
    return this.#takenBytes
  }

  take(bytes: number): void {
    const lack = this.#memory.lackFor(this.#owner, bytes)
    if (lack !== undefined) throw new AppError(lack)
    this.#add(bytes)
  }

  tryTake(bytes: number): boolean {
    if (this.#memory.lackFor(this.#owner, bytes) !== undefined) return false
    this.#add(bytes)
    return true
  }

  giveBack(bytes: number): void {
    if (this.#isOpen) this.#remove(bytes)
  }

  keep(bytes: number): void {
    if (this.#isOpen) this.#remove(this.#takenBytes - bytes)
  }

  close(): void {
    this.#isOpen = false
    this.#remove(this.#takenBytes)
  }

  #add(bytes: number): void {
    if (!this.#isOpen) throw new AppError('INTERNAL', 'the request has ended')
    this.#takenBytes += bytes
    this.#memory.count(this.#owner, bytes)
  }

  #remove(bytes: number): void {
    if (bytes > this.#takenBytes) throw new AppError('INTERNAL', 'more memory was released than was reserved')
    this.#takenBytes -= bytes
    this.#memory.count(this.#owner, -bytes)
  }
}
