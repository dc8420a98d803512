import type { BlockList } from 'node:net'
import { isTrusted, networkOf } from './client-address.ts'

export interface ConnectionLimitsConfig {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  readonly trustedProxies: BlockList
}

/** Limits sockets in total and per address. Trusted proxies are exempt from the latter. */
export class ConnectionLimits {
  readonly #config: ConnectionLimitsConfig
  readonly #byAddress = new Map<string, number>()
  #count = 0

  constructor(config: ConnectionLimitsConfig) {
    this.#config = config
  }

  get count(): number {
    return this.#count
  }

  /** @returns releases the socket's slot, to be called once; `undefined` if there is no room */
  admit(peer: string): (() => void) | undefined {
    const { maxConnections, maxConnectionsPerAddress, trustedProxies } = this.#config
    if (this.#count >= maxConnections) return undefined
    const address = isTrusted(peer, trustedProxies) ? undefined : networkOf(peer)
    if (address !== undefined && (this.#byAddress.get(address) ?? 0) >= maxConnectionsPerAddress)
      return undefined
    this.#add(address, 1)
    return () => this.#add(address, -1)
  }

  #add(address: string | undefined, change: 1 | -1): void {
    this.#count += change
    if (address === undefined) return
    const count = (this.#byAddress.get(address) ?? 0) + change
    if (count > 0) this.#byAddress.set(address, count)
    else this.#byAddress.delete(address)
  }
}
