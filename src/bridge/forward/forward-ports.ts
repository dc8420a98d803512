import type { BodyMemory } from '../../shared/body-memory.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'
import type { Grant } from '../policy/grant.ts'
import type { ForwardedRequest } from './forwarded-request.ts'
import type { HeldAccepts } from './held-accepts.ts'
import type { LocalRoutes } from './local-answer.ts'
import type { RequestEvent } from './request-event.ts'
import type { UpstreamTarget } from './upstream-request.ts'

/** Dependencies of a forwarded request. */
export interface ForwardPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly upstream: () => UpstreamTarget | null
  readonly maxJsonBodyBytes: number
  readonly memory: BodyMemory
  /** Counts a request; `undefined` if it may proceed immediately. */
  readonly admit: (grant: Grant) => Promise<void> | undefined
  readonly onRequest: (event: RequestEvent) => void
  readonly heldAccepts: HeldAccepts
  readonly localRoutes: readonly LocalRoutes[]
  /** The request has finished in any way. Called once. */
  readonly onSettled: (request: ForwardedRequest) => void
}
