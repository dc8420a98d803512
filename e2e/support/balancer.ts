import { once } from 'node:events'
import {
  createServer,
  get,
  request as ask,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

const CHECK_MS = 100

/**
 * A load balancer in front of several relays: round robin, readiness checks, and failover to the next relay if one is
 * unreachable or refuses a tunnel with 503.
 */
export class Balancer {
  /** Ports of the relays. */
  targets: number[] = []
  readonly #ready = new Set<number>()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #timer: NodeJS.Timeout
  #turn = 0

  private constructor() {
    this.#server = createServer({ requestTimeout: 0, noDelay: true })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('request', (request, response) => this.#forward(request, response, this.#order()))
    this.#server.on('upgrade', (request, socket: Socket) => this.#upgrade(request, socket, this.#order()))
    this.#timer = setInterval(() => this.check(), CHECK_MS)
  }

  static async start(): Promise<Balancer> {
    const balancer = new Balancer()
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    return balancer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Checks the readiness of every relay. */
  check(): void {
    for (const port of this.targets)
      get({ port, host: '127.0.0.1', path: '/health/ready', agent: false }, (answer) => {
        answer.resume()
        if (answer.statusCode === 200) this.#ready.add(port)
        else this.#ready.delete(port)
      }).on('error', () => this.#ready.delete(port))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Those that are ready first, beginning with the next in turn. */
  #order(): number[] {
    const at = this.#turn++ % Math.max(1, this.targets.length)
    const turned = [...this.targets.slice(at), ...this.targets.slice(0, at)]
    return turned.toSorted((a, b) => Number(this.#ready.has(b)) - Number(this.#ready.has(a)))
  }

  #forward(request: IncomingMessage, response: ServerResponse, [port, ...others]: number[]): void {
    if (port === undefined) return void response.destroy()
    const outgoing = this.#ask(request, port)
    outgoing.on('socket', (socket) =>
      socket.once('connect', () => {
        // From here on this relay handles the request.
        others.length = 0
        request.pipe(outgoing)
      }),
    )
    outgoing.on('error', () => {
      if (others.length > 0) this.#forward(request, response, others)
      else if (!response.headersSent) response.destroy()
    })
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      response.flushHeaders()
      answer.pipe(response)
      answer.on('error', () => {})
      answer.on('close', () => {
        if (!answer.complete) response.destroy()
      })
    })
    response.on('close', () => outgoing.destroy())
  }

  #upgrade(request: IncomingMessage, client: Socket, [port, ...others]: number[]): void {
    client.on('error', () => {})
    if (port === undefined) return void client.destroy()
    const outgoing = this.#ask(request, port)
    outgoing.end()
    outgoing.on('error', () => this.#upgrade(request, client, others))
    outgoing.on('response', (answer) => {
      answer.resume()
      if (answer.statusCode === 503 && others.length > 0) return this.#upgrade(request, client, others)
      client.end(`HTTP/1.1 ${answer.statusCode} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
    })
    outgoing.on('upgrade', (answer, relay: Socket, head) => {
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${linesOf(answer.rawHeaders)}\r\n`)
      if (head.length > 0) client.write(head)
      client.pipe(relay).pipe(client)
      relay.on('error', () => {})
      relay.on('close', () => client.destroy())
      client.on('close', () => relay.destroy())
    })
  }

  #ask(request: IncomingMessage, port: number): ClientRequest {
    const { method, url: path, rawHeaders, socket } = request
    const headers = [...rawHeaders, 'x-forwarded-for', socket.remoteAddress ?? '']
    return ask({ port, host: '127.0.0.1', method, path, headers, agent: false })
  }
}

function linesOf(headers: readonly string[]): string {
  return headers.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
}
