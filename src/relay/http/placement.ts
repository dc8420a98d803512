import type { UpstreamContext } from '../../front/request-context.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError, type ErrorCode, toAppError } from '../../shared/errors.ts'
import type { RemoteDevices } from '../routing/remote-devices.ts'
import {
  MAYBE_ELSEWHERE,
  type OwnerWatch,
  type RemoteRelays,
  type RemoteReplica,
} from '../routing/remote-relays.ts'
import type { DestinationElsewhere } from '../routing/router.ts'

/** What has happened to a request so far. */
export interface Progress {
  /** Limits have counted it: it only needs a place. */
  isCounted: boolean
}

export interface PlacementOptions {
  readonly context: UpstreamContext
  readonly routingId: string
  readonly remote: RemoteRelays
  readonly clock: Clock
  /** Whether a device of the owner is at this relay, to stay. */
  readonly isHere: () => boolean
  /**
   * Serves the request here.
   * @param survey asks the other relays for their devices, to choose among all
   * @returns the device at another relay that is the right one
   */
  readonly serve: (
    progress: Progress,
    survey?: () => Promise<RemoteDevices>,
  ) => Promise<DestinationElsewhere | undefined>
}

/** How long a request waits for a device that was asked to move, and for one that has just been lost. */
const MOVING_MS = 8_000
const LOST_MS = 800
/** News may be lost on its way. */
const LOOK_ANYWAY_MS = 1_000
const RETRY_S = 5
/** Waiting changes nothing about these. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['KEY_UNKNOWN', 'DEVICE_UNKNOWN'])

/**
 * Finds the relay that has the owner's device: this one if it can be, else another one, at one hop's distance. Where the device is on
 * its way between two of them, the request waits for news of it.
 */
export class Placement {
  readonly #options: PlacementOptions
  readonly #progress: Progress = { isCounted: false }
  #watch: OwnerWatch | undefined

  constructor(options: PlacementOptions) {
    this.#options = options
  }

  /** @throws AppError why nobody takes the request */
  async settle(): Promise<void> {
    try {
      await this.#untilTaken()
    } finally {
      this.#watch?.close()
    }
  }

  async #untilTaken(): Promise<void> {
    const { context, clock } = this.#options
    let patienceMs = 0
    for (;;) {
      const refusals: AppError[] = []
      const found = await this.#try(refusals)
      if (found === 'taken') return
      // A device that was seen moving has arrived only once it answers.
      patienceMs = Math.max(patienceMs, found.isMoving ? MOVING_MS : 0, found.isListed ? LOST_MS : 0)
      const leftMs = context.receivedAt + patienceMs - clock.monotonic()
      const refusal = clearestOf(refusals)
      if (FINAL.has(refusal.code) || context.request.readableDidRead || leftMs <= 0) throw refusal
      await this.#news(Math.min(leftMs, LOOK_ANYWAY_MS))
    }
  }

  /** @param refusals takes why not, where another relay may be the right one */
  async #try(
    refusals: AppError[],
  ): Promise<'taken' | { readonly isMoving: boolean; readonly isListed: boolean }> {
    const { remote, routingId, isHere, context } = this.#options
    const isShared = isHere() && remote.isShared(routingId)
    if (isHere() && !isShared && (await this.#isTakenHere(refusals))) return 'taken'
    const { places, isMoving } = await remote.find(routingId)
    const isSurveyed = isShared || places.length > 1
    const survey = places.length === 0 ? undefined : once(() => remote.survey(context, places))
    const isTaken = isSurveyed
      ? await this.#isTakenHere(refusals, survey)
      : await this.#isTakenThere(places, refusals)
    return isTaken ? 'taken' : { isMoving, isListed: places.length > 0 }
  }

  async #isTakenHere(refusals: AppError[], survey?: () => Promise<RemoteDevices>): Promise<boolean> {
    const chosen = await this.#options.serve(this.#progress, survey).catch((cause: unknown) => {
      const error = toAppError(cause)
      if (!MAYBE_ELSEWHERE.has(error.code)) throw error
      return error
    })
    if (chosen === undefined) return true
    if (!(chosen instanceof AppError)) return this.#isHandedOver(chosen.device.url, refusals, chosen)
    refusals.push(chosen)
    return false
  }

  async #isTakenThere(places: readonly RemoteReplica[], refusals: AppError[]): Promise<boolean> {
    for (const { url } of places) if (await this.#isHandedOver(url, refusals)) return true
    return false
  }

  /** @returns true as well where nobody waits for the request any more */
  async #isHandedOver(url: string, refusals: AppError[], chosen?: DestinationElsewhere): Promise<boolean> {
    const { context, remote } = this.#options
    if (context.response.destroyed) return true
    const refusal = await remote.handOver(context, { url, chosen, isCounted: this.#progress.isCounted })
    if (refusal === undefined || context.response.destroyed) return true
    refusals.push(refusal)
    return false
  }

  #news(maxMs: number): Promise<void> {
    const { remote, routingId } = this.#options
    this.#watch ??= remote.watch(routingId)
    return this.#watch.next(maxMs)
  }
}

/** That a key is unknown is certain only where every device could be asked. */
function clearestOf(refusals: readonly AppError[]): AppError {
  const unclear = refusals.find(({ code }) => code !== 'KEY_UNKNOWN')
  return unclear ?? refusals[0] ?? new AppError('OFFLINE', undefined, { retryAfterS: RETRY_S })
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= ask())
}
