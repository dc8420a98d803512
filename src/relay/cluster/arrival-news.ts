import type { Redis } from 'ioredis'
import type { Clock } from '../../shared/clock.ts'
import type { OwnerWatch } from '../routing/remote-relays.ts'
import { arrivalChannelOf, type DeviceRegistry } from './device-registry.ts'

export interface ArrivalNewsOptions {
  readonly listener: Pick<Redis, 'on' | 'subscribe' | 'unsubscribe'>
  readonly registry: Pick<DeviceRegistry, 'isArrival'>
  readonly clock: Clock
}

/** Notifies waiting requests when a device of their owner has connected, here or at another replica. */
export class ArrivalNews {
  readonly #options: ArrivalNewsOptions
  /** Callbacks by channel. A channel is subscribed while it has callbacks. */
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor(options: ArrivalNewsOptions) {
    this.#options = options
    options.listener.on('message', (channel, text) => {
      if (this.#waiting.has(channel) && options.registry.isArrival(channel, text)) this.#tell(channel)
    })
  }

  /** A device of the owner has connected here. */
  arrived(routingId: string): void {
    this.#tell(arrivalChannelOf(routingId))
  }

  watch(routingId: string): OwnerWatch {
    const { clock } = this.#options
    const channel = arrivalChannelOf(routingId)
    let wake = (): void => {}
    const heard = (): void => wake()
    let isHearing = false
    return {
      next: (maxMs) =>
        new Promise((resolve) => {
          const timer = clock.after(maxMs, resolve)
          wake = () => {
            timer.cancel()
            resolve()
          }
          // Check once more for a device that connected before the subscription.
          if (!isHearing) this.#listen(channel, heard)
          isHearing = true
        }),
      close: () => this.#leave(channel, heard),
    }
  }

  /** `heard` is called once the subscription is active, and for each message. */
  #listen(channel: string, heard: () => void): void {
    const others = this.#waiting.get(channel)
    this.#waiting.set(channel, (others ?? new Set()).add(heard))
    this.#options.listener.subscribe(channel).then(heard, () => {})
  }

  #leave(channel: string, heard: () => void): void {
    const waiting = this.#waiting.get(channel)
    waiting?.delete(heard)
    if (waiting?.size !== 0) return
    this.#waiting.delete(channel)
    this.#options.listener.unsubscribe(channel).catch(() => {})
  }

  #tell(channel: string): void {
    for (const heard of this.#waiting.get(channel) ?? []) heard()
  }
}
