import type { AppError } from '../../shared/errors.ts'
import type { TunnelObserver } from '../tunnels/directory.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import type { Audit } from './audit.ts'
import type { RelayMetrics } from './metrics.ts'

/** Reports tunnel events to metrics and audit log. */
export class TunnelTelemetry implements TunnelObserver {
  readonly #metrics: RelayMetrics
  readonly #audit: Audit

  constructor(metrics: RelayMetrics, audit: Audit) {
    this.#metrics = metrics
    this.#audit = audit
  }

  connected(tunnel: Tunnel): void {
    this.#metrics.connected()
    this.#audit.note('connect', factsOf(tunnel))
  }

  resumed(_tunnel: Tunnel, replayedBytes: number): void {
    this.#metrics.resumed(replayedBytes)
  }

  replaced(former: Tunnel): void {
    this.#audit.note('takeover', factsOf(former))
  }

  ended(tunnel: Tunnel, { code }: AppError): void {
    this.#metrics.ended(code)
    this.#audit.note('disconnect', { ...factsOf(tunnel), code })
  }
}

function factsOf({ id: tunnelId, credential: { ownerId, deviceId } }: Tunnel): object {
  return { tunnelId, ownerId, deviceId }
}
