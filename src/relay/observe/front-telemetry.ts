import type { FrontObserver, Refused } from '../../front/refusals.ts'
import type { Logger } from '../../shared/logger.ts'
import type { Audit } from './audit.ts'
import type { RelayMetrics } from './metrics.ts'

/** Reports each response that is not a device's to log, metrics and audit. */
export class FrontTelemetry implements FrontObserver {
  readonly #metrics: RelayMetrics
  readonly #audit: Audit
  readonly #logger: Logger

  constructor(metrics: RelayMetrics, audit: Audit, logger: Logger) {
    this.#metrics = metrics
    this.#audit = audit
    this.#logger = logger
  }

  refused(refused: Refused): void {
    const { requestId, method, path, error } = refused
    this.#metrics.refused(error.code)
    if (this.#audit.refused(refused))
      this.#logger.info({ requestId, method, path, code: error.code }, 'request refused')
  }

  answered(requestId: string, route: string): void {
    this.#metrics.answered(route)
    this.#logger.debug({ requestId, route }, 'request answered')
  }
}
