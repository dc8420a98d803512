import type { Duplex } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { bearerIn } from '../../front/client-credential.ts'
import { isAllowedOrigin } from '../../front/cors.ts'
import type { UpgradeRequest } from '../../front/http-front.ts'
import { WebSocketHandshakes } from '../../front/web-socket-handshakes.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf } from '../../shared/headers.ts'
import type { Logger } from '../../shared/logger.ts'
import { splitTarget } from '../../shared/request-path.ts'
import type { RelayConfig } from '../config.ts'
import type { JobAccess } from './job-access.ts'
import type { JobAudit } from './job-audit.ts'
import { JobConnection, type JobConnectionSummary } from './job-connection.ts'
import type { JobHub } from './job-hub.ts'
import { MAX_MESSAGE_BYTES } from './job-message.ts'
import type { JobFigures, RelayMetrics } from '../observe/metrics.ts'
import { type JobReaderId, nameOf } from './status-cache.ts'

export interface JobFrontOptions {
  readonly config: Pick<
    RelayConfig,
    'corsOrigins' | 'maxJobConnectionsPerUser' | 'connectionTimeoutMs' | 'connectionIdleTimeoutMs'
  >
  readonly clock: Clock
  readonly logger: Logger
  readonly hub: JobHub
  readonly access: JobAccess
  readonly metrics: Pick<RelayMetrics, 'jobUpdate'>
  readonly jobAudit: Pick<JobAudit, 'admitted'>
}

export const JOBS_PATH = '/ws/jobs'

/** The WebSockets of clients that watch jobs. */
export class JobFront {
  readonly #options: JobFrontOptions
  readonly #handshakes = new WebSocketHandshakes({ maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  readonly #connections = new Set<JobConnection>()
  /** Connections by credential. */
  readonly #counts = new Map<string, number>()
  #isClosing = false

  constructor(options: JobFrontOptions) {
    this.#options = options
  }

  get figures(): JobFigures {
    const { subscriptionCount: subscriptions, upstreamCount: upstream } = this.#options.hub
    return { connections: this.#connections.size, subscriptions, upstream }
  }

  isPath(path: string): boolean {
    return path === JOBS_PATH
  }

  /** @throws AppError ORIGIN_NOT_TRUSTED, DRAINING, BAD_REQUEST */
  async upgrade({ request, ...origin }: UpgradeRequest, socket: Duplex, head: Buffer): Promise<void> {
    const { config } = this.#options
    const page = headerOf(request.rawHeaders, 'origin')
    if (page !== undefined && !isAllowedOrigin(page, config.corsOrigins))
      throw new AppError('ORIGIN_NOT_TRUSTED')
    if (this.#isClosing) throw new AppError('DRAINING')
    const webSocket = await this.#handshakes.complete(request, socket, head)
    const connection = new JobConnection({
      ...this.#options,
      socket: webSocket,
      request,
      origin,
      token: bearerIn(request.headers.authorization ?? ''),
      limits: config,
      enter: (client) => this.#enter(client),
      onClosed: (closed, summary) => this.#onClosed(closed, origin, summary),
    })
    this.#connections.add(connection)
  }

  /** Closes the connections; clients reconnect, to another relay if there is one. */
  close(): void {
    this.#isClosing = true
    for (const connection of this.#connections) connection.close('stopping')
    this.#options.hub.close()
  }

  #enter(client: JobReaderId): boolean {
    const name = nameOf(client)
    const count = this.#counts.get(name) ?? 0
    if (count >= this.#options.config.maxJobConnectionsPerUser) return false
    this.#counts.set(name, count + 1)
    this.#options.jobAudit.admitted(client)
    return true
  }

  #onClosed(
    connection: JobConnection,
    { clientAddress }: Pick<UpgradeRequest, 'clientAddress'>,
    { client, ...summary }: JobConnectionSummary,
  ): void {
    this.#connections.delete(connection)
    const { routingId } = client ?? {}
    this.#options.logger.info({ routingId, clientAddress, ...summary }, 'job connection closed')
    if (client === undefined) return
    const name = nameOf(client)
    const count = (this.#counts.get(name) ?? 1) - 1
    if (count === 0) this.#counts.delete(name)
    else this.#counts.set(name, count)
  }
}

/** The path of an upgrade request without its query. */
export function upgradePathOf({ url = '/' }: IncomingMessage): string {
  return splitTarget(url).path
}
