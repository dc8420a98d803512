import { once } from 'node:events'
import {
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

export interface FrontOptions {
  /** Buffers a response until it is complete. */
  readonly collects?: boolean
  /** Otherwise upgrades reach the relay as plain requests, as behind an nginx without upgrade headers. */
  readonly passesUpgrades?: boolean
  /** Value of the Server header. */
  readonly server?: string
}

/** A reverse proxy in front of a relay, with the faults that real ones have. */
export class FrontProxy {
  /** Every request, upgrades too. */
  readonly seen: IncomingMessage[] = []
  readonly #server: Server
  readonly #relayPort: number
  readonly #options: FrontOptions

  private constructor(relayPort: number, options: FrontOptions) {
    this.#relayPort = relayPort
    this.#options = options
    const { passesUpgrades = true } = options
    this.#server = createServer({ shouldUpgradeCallback: () => passesUpgrades })
    this.#server.on('request', (request, response) => this.#forward(request, response))
    this.#server.on('upgrade', (request, socket: Socket) => this.#splice(request, socket))
  }

  static async start(relayPort: number, options: FrontOptions = {}): Promise<FrontProxy> {
    const front = new FrontProxy(relayPort, options)
    front.#server.listen(0, '127.0.0.1')
    await once(front.#server, 'listening')
    return front
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    this.seen.push(request)
    const { collects = false, server } = this.#options
    const { connection: _, upgrade: __, ...headers } = request.headers
    const options = { port: this.#relayPort, host: '127.0.0.1', path: request.url, headers, agent: false }
    const forwarded = ask(options, (answer) => {
      if (server !== undefined) response.setHeader('server', server)
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      if (!collects) return void answer.pipe(response)
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => response.end(Buffer.concat(chunks)))
    })
    forwarded.on('error', () => response.destroy())
    forwarded.end()
  }

  #splice(request: IncomingMessage, client: Socket): void {
    this.seen.push(request)
    const upstream = connect(this.#relayPort, '127.0.0.1', () => {
      const fields = request.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
      upstream.write(`GET ${request.url} HTTP/1.1\r\n${fields}\r\n`)
      client.pipe(upstream).pipe(client)
    })
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  }
}
