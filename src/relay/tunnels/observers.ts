import type { TunnelObserver } from './directory.ts'

/** Combines observers: each is called in this order. */
export function combineObservers(...observers: readonly TunnelObserver[]): TunnelObserver {
  return {
    connected: (tunnel) => observers.forEach((one) => one.connected(tunnel)),
    resumed: (tunnel, replayedBytes) => observers.forEach((one) => one.resumed(tunnel, replayedBytes)),
    replaced: (former) => observers.forEach((one) => one.replaced(former)),
    ended: (tunnel, error) => observers.forEach((one) => one.ended(tunnel, error)),
  }
}
