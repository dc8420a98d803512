import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import type { TunnelObserver } from './directory.ts'
import type { Tunnel } from './tunnel.ts'

/** A device that has connected since this relay started. Times in milliseconds since the epoch. */
export interface KnownDevice {
  readonly ownerId: OwnerId
  readonly deviceId: string
  readonly deviceName: string
  readonly lastSeenAt: number
}

/** Limits per owner and in total: the device seen longest ago is dropped. */
const MAX_OF_OWNER = 64
const MAX_OWNERS = 10_000

/** Recently connected devices, in memory only, so owners can find a lost one in a list. */
export class DeviceLedger implements TunnelObserver {
  readonly #clock: Clock
  /** By owner and device, most recently seen last. */
  readonly #owners = new Map<string, Map<string, KnownDevice>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(ownerId: OwnerId): readonly KnownDevice[] {
    return [...(this.#owners.get(ownerId)?.values() ?? [])]
  }

  all(): readonly KnownDevice[] {
    return [...this.#owners.values()].flatMap((devices) => [...devices.values()])
  }

  connected(tunnel: Tunnel): void {
    this.#note(tunnel)
  }

  resumed(tunnel: Tunnel): void {
    this.#note(tunnel)
  }

  replaced(): void {}

  ended(tunnel: Tunnel): void {
    this.#note(tunnel)
  }

  #note({ credential: { ownerId, deviceId, deviceName } }: Tunnel): void {
    const devices = this.#owners.get(ownerId) ?? new Map<string, KnownDevice>()
    devices.delete(deviceId)
    devices.set(deviceId, { ownerId, deviceId, deviceName, lastSeenAt: this.#clock.now() })
    forgetOldest(devices, MAX_OF_OWNER)
    this.#owners.delete(ownerId)
    this.#owners.set(ownerId, devices)
    forgetOldest(this.#owners, MAX_OWNERS)
  }
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  const [oldest = ''] = map.keys()
  if (map.size > max) map.delete(oldest)
}
