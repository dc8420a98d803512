import type { RelayConfig } from '../config.ts'
import type { RelayServer } from '../http/server.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import type { Cluster } from './cluster.ts'
import type { HopPasses } from './hop-pass.ts'
import { HopServer } from './hop-server.ts'
import { internalHostFor, internalUrlFor } from './internal-address.ts'
import { idleLimitFor, type ReplicaRouter } from './replica-router.ts'

export interface ReplicasOptions {
  readonly config: RelayConfig
  readonly cluster: Cluster
  readonly router: ReplicaRouter
  readonly passes: HopPasses
  readonly server: RelayServer
}

/** This relay's part in a group of them, from beginning to end. */
export class Replicas {
  readonly #options: ReplicasOptions
  readonly #server: HopServer

  constructor(options: ReplicasOptions) {
    const { config, passes, server } = options
    this.#options = options
    this.#server = new HopServer({
      passes,
      maxHeaderBytes: config.maxHeaderBytes,
      headersTimeoutMs: config.headersTimeoutMs,
      idleTimeoutMs: idleLimitFor(config),
      serve: (request, response, expectsContinue) => server.handle(request, response, expectsContinue),
    })
  }

  /** Takes what others pass on, and tells them so. @throws AppError CONFIG_INVALID */
  async start(): Promise<void> {
    const { config, cluster } = this.#options
    const port = await this.#server.listen(internalHostFor(config), config.internalPort)
    await cluster.start(internalUrlFor(config, port))
  }

  /** These devices were asked to go elsewhere. */
  sentAway(tunnels: readonly Tunnel[]): void {
    this.#options.cluster.sentAway(tunnels)
  }

  async close(): Promise<void> {
    await this.#options.cluster.close()
    this.#options.router.close()
    this.#server.destroy()
  }
}
