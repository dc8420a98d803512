import type { Allowance } from './byte-queue.ts'
import { AppError } from './errors.ts'

export interface BodyMemoryLimits {
  /** Bytes for the requests of one owner together. */
  readonly maxOwnerBytes: number
  /** Bytes for all requests of this process together. */
  readonly maxTotalBytes: number
}

/** Memory that one request or tunnel has taken for bodies. */
export interface BodyAllowance extends Allowance {
  /** False: there is no room for so much, and nothing is taken. */
  tryTake(bytes: number): boolean
  readonly takenBytes: number
  /** Gives back all but `bytes`. What was made of the bytes before may be a little more than they were: it is not refused. */
  keep(bytes: number): void
  /** Gives back whatever is still taken. From then on nothing can be taken. May be called again. */
  close(): void
}

const RETRY_S = 5

/** The memory of a process that bodies may be kept in: so much in all, and so much of it for one owner. */
export class BodyMemory {
  readonly #limits: BodyMemoryLimits
  /** Bytes by owner. None has zero. */
  readonly #owners = new Map<string, number>()
  #takenBytes = 0

  constructor(limits: BodyMemoryLimits) {
    this.#limits = limits
  }

  /** Bytes that are taken now. */
  get takenBytes(): number {
    return this.#takenBytes
  }

  /** Owners who have taken some. */
  get ownerCount(): number {
    return this.#owners.size
  }

  /** For one request or tunnel. `take` throws AppError TOO_MANY_BYTES where its owner has too much, MEMORY_FULL where all have. */
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
