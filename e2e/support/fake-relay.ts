import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { TUNNEL_SUBPROTOCOL } from '../../src/shared/version.ts'
import { FrameDecoder } from '../../src/tunnel/frame-decoder.ts'
import { FRAME, type Frame } from '../../src/tunnel/frame.ts'
import { DEFAULT_LIMITS } from '../../src/tunnel/limits.ts'
import { json } from './hostile-device.ts'

/** A relay that accepts every pairing and every bridge, and then sends whatever the test specifies. */
export class FakeRelay {
  readonly #server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ credential: 'e30.e30.c2ln', deviceId: 'd', ownerId: 'o', address: 'a'.repeat(20) }),
    )
  })
  readonly #webSockets = new WebSocketServer({
    server: this.#server,
    handleProtocols: () => TUNNEL_SUBPROTOCOL,
    maxPayload: 2 * DEFAULT_LIMITS.maxFrameBytes,
  })
  #announced = Promise.withResolvers<void>()
  #webSocket: WebSocket | undefined
  #streamId = 0
  /** Called for every frame of the bridge. */
  onFrame: (frame: Frame) => void = () => {}

  static async start(): Promise<FakeRelay> {
    const relay = new FakeRelay()
    relay.#webSockets.on('connection', (webSocket) => relay.#welcome(webSocket))
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** Resolves once a bridge is there and has announced itself. */
  get announced(): Promise<void> {
    return this.#announced.promise
  }

  /** Id of the stream that was opened last on this connection. */
  get streamId(): number {
    return this.#streamId
  }

  nextStreamId(): number {
    return ++this.#streamId
  }

  /** Resolves once the bridge has handled these messages or closed the connection. */
  async say(messages: Iterable<Buffer>): Promise<void> {
    await this.announced
    const webSocket = this.#webSocket
    if (webSocket === undefined) return
    for (const message of messages) webSocket.send(message)
    const handled = new AbortController()
    const { signal } = handled
    const told = Promise.race([once(webSocket, 'pong', { signal }), once(webSocket, 'close', { signal })])
    webSocket.ping()
    await told
    handled.abort()
  }

  close(): void {
    this.#webSocket?.terminate()
    this.#webSockets.close()
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #welcome(webSocket: WebSocket): void {
    const decoder = new FrameDecoder(DEFAULT_LIMITS)
    this.#webSocket = webSocket
    this.#streamId = 0
    webSocket.on('error', () => {})
    webSocket.on('close', () => {
      this.#announced = Promise.withResolvers()
    })
    webSocket.on('message', (bytes: Buffer) =>
      decoder.push(bytes, (frame) => {
        if (frame.type === FRAME.HELLO) webSocket.send(json(FRAME.WELCOME, welcome(this.url)))
        if (frame.type === FRAME.ANNOUNCE) this.#announced.resolve()
        this.onFrame(frame)
        return true
      }),
    )
  }
}

function welcome(publicUrl: string): object {
  return {
    protocol: 1,
    sessionId: 's',
    ticket: 't',
    resumed: false,
    receivedBytes: 0,
    graceMs: 120_000,
    publicUrl,
  }
}
