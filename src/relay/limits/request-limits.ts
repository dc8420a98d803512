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

/** Whom a request is counted against. */
export interface RequestSource {
  readonly ownerId: string
  /** The digest of the key that was shown, where one was. */
  readonly key: string | undefined
  /** `undefined` = not to be limited. */
  readonly address: string | undefined
  /** Another replica has counted it: it only needs a place. */
  readonly isCounted?: boolean
}

const FULL_RETRY_S = 5
const OWNER_ITSELF = ''

/** How much may be asked for. Owners do not get in each other's way, as long as the relay itself has room. */
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
    })
  }

  /** Requests that wait for their turn now. */
  get waitingCount(): number {
    return this.#queue.waitingCount
  }

  /**
   * Counts a request in, once it has a place.
   * @param onWait as for `FairQueue.enter`
   * @returns what counts it out again, where it did not release before it had a place
   * @throws AppError TOO_MANY_CONNECTIONS, TOO_MANY_REQUESTS, TOO_MANY_STREAMS
   */
  enter(source: RequestSource, onWait: (giveUp: () => void) => void): Eventual<Release | undefined> {
    // Streams that are there go on; there is none beside them until one ends.
    if (this.#total >= this.#maxTotal)
      throw new AppError('TOO_MANY_CONNECTIONS', undefined, { retryAfterS: FULL_RETRY_S })
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
      if (release !== undefined) return this.#leaving(release)
      this.#total -= 1
      return undefined
    })
  }

  #leaving(release: Release): Release {
    let isIn = true
    return () => {
      if (isIn) this.#total -= 1
      isIn = false
      release()
    }
  }

  /** The narrowest first: what it refuses does not count against the wider ones. */
  #count({ ownerId, key, address, isCounted = false }: RequestSource): Eventual<void> {
    if (isCounted) return
    const byAddress = address === undefined ? undefined : this.#perAddress?.take(address)
    return after(byAddress, () =>
      after(key === undefined ? undefined : this.#perKey?.take(key), () => this.#perOwner?.take(ownerId)),
    )
  }
}
