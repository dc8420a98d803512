import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { freePort } from './free-port.ts'

/** Listens in place of a relay, records every byte, and sends the same answer on every connection. */
export class CuriousListener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** All bytes received so far, as Latin-1. */
  heard = ''
  connections = 0

  private constructor(server: Server) {
    this.#server = server
  }

  /**
   * @param answer sent once the first bytes of a connection have arrived
   * @param certificate if given, the listener uses TLS
   */
  static async start(
    answer: string,
    certificate?: { readonly cert: string; readonly key: string },
  ): Promise<CuriousListener> {
    const server = certificate === undefined ? createServer() : createTlsServer(certificate)
    const listener = new CuriousListener(server)
    server.on('connection', (socket: Socket) => listener.#admit(socket))
    server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => (listener.heard += chunk.toString('latin1')))
      socket.once('data', () => void socket.write(answer))
    })
    // Nobody tries to reach a former server of this port.
    server.listen(await freePort(), '127.0.0.1')
    await once(server, 'listening')
    return listener
  }

  /** Host and port, without a scheme. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #admit(socket: Socket): void {
    this.connections++
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
