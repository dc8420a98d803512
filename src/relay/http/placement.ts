import type { UpstreamContext } from '../../front/request-context.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError, type ErrorCode, toAppError } from '../../shared/errors.ts'
import type { RemoteDevices } from '../routing/remote-devices.ts'
import {
  MAYBE_ELSEWHERE,
  type OwnerLocations,
  type OwnerWatch,
  type RemoteRelays,
  type RemoteReplica,
} from '../routing/remote-relays.ts'
import type { DestinationElsewhere } from '../routing/router.ts'

/** The progress of a request. */
export interface Progress {
  /** Limits have counted it: it only needs a concurrency slot. */
  isCounted: boolean
}

export interface PlacementOptions {
  readonly context: UpstreamContext
  readonly routingId: string
  readonly remote: RemoteRelays
  readonly clock: Clock
  /** Whether the owner has a device at this relay that is not moving. */
  readonly isHere: () => boolean
  /**
   * Serves the request here.
   * @param survey queries the other relays' devices to choose among all
   * @returns the chosen device at another relay
   */
  readonly serve: (
    progress: Progress,
    survey?: () => Promise<RemoteDevices>,
  ) => Promise<DestinationElsewhere | undefined>
}

/** The state of the other relays after an attempt in which no relay accepted the request. */
interface Untaken extends Pick<OwnerLocations, 'isMoving' | 'isUnknown'> {
  /** Whether some of them have devices of the owner. */
  readonly isListed: boolean
}

/** How long a request waits for a moving device, and for one that was just lost. */
const MOVING_MS = 8_000
const LOST_MS = 800
/** Polling interval, since notifications may be lost. */
const LOOK_ANYWAY_MS = 1_000
/** Waiting cannot resolve these. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['KEY_UNKNOWN', 'DEVICE_UNKNOWN'])

/**
 * Finds the relay of the owner's device: this one if possible, otherwise another one, one hop away. While the device is
 * moving, the request waits for a notification.
 */
export class Placement {
  readonly #options: PlacementOptions
  readonly #progress: Progress = { isCounted: false }
  #watch: OwnerWatch | undefined

  constructor(options: PlacementOptions) {
    this.#options = options
  }

  /** @throws AppError if no relay accepts the request */
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
      // A moving device has arrived only once it responds.
      patienceMs = Math.max(patienceMs, found.isMoving ? MOVING_MS : 0, found.isListed ? LOST_MS : 0)
      const leftMs = context.receivedAt + patienceMs - clock.monotonic()
      const refusal =
        clearestOf(refusals) ?? new AppError(found.isUnknown ? 'SHARED_STATE_UNREACHABLE' : 'OFFLINE')
      if (FINAL.has(refusal.code) || context.request.readableDidRead || leftMs <= 0) throw refusal
      await this.#news(Math.min(leftMs, LOOK_ANYWAY_MS))
    }
  }

  /** @param refusals collects refusals that another relay may not share */
  async #try(refusals: AppError[]): Promise<'taken' | Untaken> {
    const { remote, routingId, isHere, context } = this.#options
    const isShared = isHere() && remote.isShared(routingId)
    if (isHere() && !isShared && (await this.#isTakenHere(refusals))) return 'taken'
    const { places, isMoving, isUnknown } = await remote.find(routingId)
    const isSurveyed = isShared || places.length > 1
    const survey = places.length === 0 ? undefined : once(() => remote.survey(context, places))
    const isTaken = isSurveyed
      ? await this.#isTakenHere(refusals, survey)
      : await this.#isTakenThere(places, refusals)
    return isTaken ? 'taken' : { isMoving, isUnknown, isListed: places.length > 0 }
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

  /** @returns true also if the request is no longer needed */
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

/** A key is certainly unknown only if every device could be queried. */
function clearestOf(refusals: readonly AppError[]): AppError | undefined {
  return refusals.find(({ code }) => code !== 'KEY_UNKNOWN') ?? refusals[0]
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= ask())
}
