import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePort } from './free-port.ts'

/** `up`: from the connecting side to the target. */
export type Direction = 'up' | 'down'

interface Limit {
  readonly direction: Direction
  left: number
  readonly reached: () => void
}

interface Link {
  readonly client: Socket
  readonly target: Socket
  frozen: boolean
}

/** A network between two ends, with faults on demand. */
export class TcpProxy {
  #targetPort: number
  readonly #links = new Set<Link>()
  readonly #server: Server
  readonly #port: number
  #freezesNew = false
  #limit: Limit | undefined
  /** Bytes forwarded so far. */
  readonly bytes: Record<Direction, number> = { up: 0, down: 0 }
  /** Connections accepted so far. */
  connections = 0

  private constructor(targetPort: number, port: number) {
    this.#targetPort = targetPort
    this.#port = port
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#link(client))
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort, await freePort())
    await proxy.#listen()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get liveConnections(): number {
    return this.#links.size
  }

  /** Changes the target of new connections; existing ones stay. */
  retarget(port: number): void {
    this.#targetPort = port
  }

  /** Both ends of every live connection see a reset. */
  cut(): void {
    for (const { client, target } of this.#links) {
      client.resetAndDestroy()
      target.resetAndDestroy()
    }
  }

  /**
   * Cuts once exactly `count` more bytes have passed in that direction, on all connections together, and resolves. The receiver of the
   * last byte sees an end, all others a reset.
   */
  cutAfterBytes(count: number, direction: Direction): Promise<void> {
    return new Promise((resolve) => {
      const reached = (): void => {
        this.cut()
        resolve()
      }
      this.#limit = { direction, left: count, reached }
    })
  }

  /**
   * Drops all data silently, even ends. `live`: only on existing connections, as after a NAT
   * has forgotten them; `all`: on new ones as well, as when the network is down.
   */
  freeze(scope: 'live' | 'all' = 'all'): void {
    this.#freezesNew = scope === 'all'
    for (const link of this.#links) freezeLink(link)
  }

  /** Ends the freeze: data sent meanwhile arrives, as TCP would retransmit it. */
  thaw(): void {
    this.#freezesNew = false
    for (const link of this.#links) {
      link.frozen = false
      link.client.resume()
      link.target.resume()
    }
  }

  /** Refuses new connections while on; existing ones stay. */
  async refuse(on: boolean): Promise<void> {
    if (on) this.#server.close()
    else if (!this.#server.listening) await this.#listen()
  }

  async close(): Promise<void> {
    this.cut()
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  #link(client: Socket): void {
    this.connections++
    const target = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const link: Link = { client, target, frozen: false }
    this.#links.add(link)
    this.#pump(link, client, target, 'up')
    this.#pump(link, target, client, 'down')
    if (this.#freezesNew) freezeLink(link)
  }

  #pump(link: Link, from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (chunk) => {
      if (!this.#pass(chunk, to, direction)) from.pause()
    })
    to.on('drain', () => {
      if (!link.frozen) from.resume()
    })
    from.on('end', () => to.end())
    from.on('error', () => to.resetAndDestroy())
    from.on('close', () => {
      if (!from.readableEnded) to.destroy()
      if (to.destroyed) this.#links.delete(link)
    })
  }

  #pass(chunk: Buffer, to: Socket, direction: Direction): boolean {
    const limit = this.#limit?.direction === direction ? this.#limit : undefined
    const passed = limit === undefined ? chunk : chunk.subarray(0, limit.left)
    this.bytes[direction] += passed.length
    if (limit === undefined) return to.write(passed)
    limit.left -= passed.length
    if (limit.left > 0) return to.write(passed)
    this.#limit = undefined
    to.write(passed, () => {
      // A plain close, since a reset would discard undelivered data.
      to.destroy()
      limit.reached()
    })
    return false
  }
}

function freezeLink(link: Link): void {
  link.frozen = true
  link.client.pause()
  link.target.pause()
}
