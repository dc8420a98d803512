import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { after, type Eventual, orElse } from '../../shared/eventual.ts'
import type { RelayConfig } from '../config.ts'
import { FairQueue, type Release } from './fair-queue.ts'
import type { CreateLimiter, SlidingWindow } from './sliding-window.ts'

export interface RequestLimitsOptions {
  readonly config: Pick<
    RelayConfig,
    | 'maxConcurrentStreams'
    | 'maxQueued'
    | 'queueWaitMs'
    | 'maxRequests'
    | 'maxRequestsPerKey'
    | 'maxRequestsPerAddress'
    | 'rateWindowMs'
    | 'maxStreams'
  >
  readonly clock: Clock
  readonly createLimiter: CreateLimiter
}

/** The identities that a request is counted against. */
export interface RequestSource {
  readonly ownerId: OwnerId
  /** The digest of the key, if one was used. */
  readonly key: string | undefined
  /** `undefined` if exempt. */
  readonly address: string | undefined
  /** Another replica has counted it: it only needs a concurrency slot. */
  readonly isCounted?: boolean
}

const OWNER_ITSELF = ''

/** Request limits. Owners do not affect each other while the relay has room. */
export class RequestLimits {
  readonly #queue: FairQueue
  readonly #maxTotal: number
  readonly #perOwner: SlidingWindow | undefined
  readonly #perKey: SlidingWindow | undefined
  readonly #perAddress: SlidingWindow | undefined
  #total = 0

  constructor({ config, clock, createLimiter }: RequestLimitsOptions) {
    const limit = (name: string, points: number) =>
      points === 0 ? undefined : createLimiter(name, points, config.rateWindowMs / 1000)
    this.#perOwner = limit('owner', config.maxRequests)
    this.#perKey = limit('key', config.maxRequestsPerKey)
    this.#perAddress = limit('address', config.maxRequestsPerAddress)
    this.#maxTotal = config.maxStreams
    this.#queue = new FairQueue({
      clock,
      maxActive: config.maxConcurrentStreams,
      maxWaiting: config.maxQueued,
      maxWaitMs: config.queueWaitMs,
      onRelease: () => (this.#total -= 1),
    })
  }

  /** Number of queued requests. */
  get waitingCount(): number {
    return this.#queue.waitingCount
  }

  /**
   * Counts a request and takes a concurrency slot for it.
   * @param onWait like in `FairQueue.enter`
   * @returns releases the slot; `undefined` if the request was removed from the queue
   * @throws AppError TOO_MANY_CONNECTIONS, TOO_MANY_REQUESTS, TOO_MANY_STREAMS
   */
  enter(source: RequestSource, onWait: (giveUp: () => void) => void): Eventual<Release | undefined> {
    // Running streams continue; no more are opened until one ends.
    if (this.#total >= this.#maxTotal) throw new AppError('TOO_MANY_CONNECTIONS')
    this.#total += 1
    const { ownerId, key = OWNER_ITSELF } = source
    const entered = orElse(
      () => after(this.#count(source), () => this.#queue.enter(ownerId, key, onWait)),
      (cause) => {
        this.#total -= 1
        throw cause
      },
    )
    return after(entered, (release) => {
      if (release === undefined) this.#total -= 1
      return release
    })
  }

  /** Narrowest limit first: a refused request does not count against the wider ones. */
  #count({ ownerId, key, address, isCounted = false }: RequestSource): Eventual<void> {
    if (isCounted) return
    const byAddress = address === undefined ? undefined : this.#perAddress?.take(address)
    return after(byAddress, () =>
      after(key === undefined ? undefined : this.#perKey?.take(key), () => this.#perOwner?.take(ownerId)),
    )
  }
}
