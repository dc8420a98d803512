import type { Logger } from '../../shared/logger.ts'
import type { RelayConfig } from '../config.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import type { Cluster } from './cluster.ts'
import type { HopPasses } from './hop-pass.ts'
import { HopServer, type HopServerOptions } from './hop-server.ts'
import { internalHostFor, internalUrlFor } from './internal-address.ts'
import { idleLimitFor, type ReplicaClient } from './replica-client.ts'

export interface ReplicasOptions {
  readonly config: RelayConfig
  readonly logger: Logger
  readonly cluster: Cluster
  readonly client: ReplicaClient
  readonly passes: HopPasses
  /** `SigningKey.hopTlsSecret` */
  readonly hopTlsSecret: Uint8Array
  readonly serve: HopServerOptions['serve']
}

const ALONE =
  'INTERNAL_HOST is not set: only relays on this machine can pass requests on to this one. Set it to the address that the others reach.'

/** This relay's membership in a group, from start to stop. */
export class Replicas {
  readonly #options: ReplicasOptions
  readonly #server: HopServer

  constructor(options: ReplicasOptions) {
    const { config, passes, hopTlsSecret, serve } = options
    this.#options = options
    this.#server = new HopServer({
      passes,
      tlsSecret: hopTlsSecret,
      limits: config,
      maxHeaderBytes: config.maxHeaderBytes,
      headersTimeoutMs: config.headersTimeoutMs,
      idleTimeoutMs: idleLimitFor(config.idleTimeoutMs),
      serve,
    })
  }

  /** Starts the internal listener and announces it. @throws AppError CONFIG_INVALID */
  async start(): Promise<void> {
    const { config, cluster, logger } = this.#options
    const host = internalHostFor(config)
    const port = await this.#server.listen(host, config.internalPort)
    if (config.internalHost === undefined) logger.warn({ host, port }, ALONE)
    else logger.info({ host, port }, 'listening for other relays')
    await cluster.start(internalUrlFor(config, port))
  }

  /** These devices were asked to move. */
  sentAway(tunnels: readonly Tunnel[]): void {
    this.#options.cluster.sentAway(tunnels)
  }

  async close(): Promise<void> {
    await this.#options.cluster.close()
    this.#options.client.close()
    this.#server.destroy()
  }
}
