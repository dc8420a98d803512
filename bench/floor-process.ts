/**
 * A minimal tunnel of two Node processes: HTTP on one side, undici on the other, and a WebSocket in between
 * with frames of a stream id, a kind and bytes. No authentication, limits, flow control or resumption.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { WebSocket, WebSocketServer } from 'ws'
import { serve } from './child.ts'

const KIND = { head: 0, data: 1, end: 2 } as const
const HEADER_BYTES = 9

/** Frames of one tick leave as one message. */
class Mux {
  readonly #socket: WebSocket
  #frames: Buffer[] = []

  constructor(socket: WebSocket, onFrame: (id: number, kind: number, bytes: Buffer) => void) {
    this.#socket = socket
    socket.on('message', (message: Buffer) => {
      for (let at = 0; at < message.length;) {
        const end = at + HEADER_BYTES + message.readUInt32BE(at + 5)
        onFrame(message.readUInt32BE(at), message[at + 4] ?? 0, message.subarray(at + HEADER_BYTES, end))
        at = end
      }
    })
  }

  send(id: number, kind: number, bytes: Uint8Array): void {
    const header = Buffer.allocUnsafe(HEADER_BYTES)
    header.writeUInt32BE(id)
    header[4] = kind
    header.writeUInt32BE(bytes.length, 5)
    if (this.#frames.length === 0)
      setImmediate(() => this.#socket.send(Buffer.concat(this.#frames.splice(0))))
    this.#frames.push(header, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  }
}

/** The public end. @returns its port */
async function relay(): Promise<number> {
  const responses = new Map<number, ServerResponse>()
  let mux: Mux | undefined
  let lastId = 0
  const server = createServer((request, response) => {
    const id = ++lastId
    responses.set(id, response)
    response.on('close', () => responses.delete(id))
    const { method, url, rawHeaders } = request
    mux?.send(id, KIND.head, Buffer.from(JSON.stringify({ method, url, headers: rawHeaders })))
    request.on('data', (chunk: Buffer) => mux?.send(id, KIND.data, chunk))
    request.on('end', () => mux?.send(id, KIND.end, Buffer.alloc(0)))
  })
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    mux = new Mux(socket, (id, kind, bytes) => {
      const response = responses.get(id)
      if (kind === KIND.head) {
        const { status, headers } = JSON.parse(bytes.toString()) as { status: number; headers: string[] }
        response?.writeHead(status, headers)
      } else if (kind === KIND.data) response?.write(bytes)
      else response?.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: string[]
  readonly body: Buffer[]
}

/** The end at the upstream. */
async function bridge({ port, upstreamPort }: { port: number; upstreamPort: number }): Promise<void> {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  const asked = new Map<number, Asked>()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  const mux = new Mux(socket, (id, kind, bytes) => {
    if (kind === KIND.head)
      return void asked.set(id, { ...(JSON.parse(bytes.toString()) as Asked), body: [] })
    const request = asked.get(id)
    if (kind === KIND.data) return void request?.body.push(bytes)
    if (request === undefined) return
    asked.delete(id)
    ask(id, request)
  })
  const ask = (id: number, { method, url, headers, body }: Asked): void => {
    const origin = `http://127.0.0.1:${upstreamPort}`
    const kept = headers.filter((_, at) => !/^(?:host|connection)$/i.test(headers[at - (at % 2)] ?? ''))
    agent.dispatch(
      { origin, path: url, method, headers: kept, body: body.length === 0 ? null : Buffer.concat(body) },
      {
        onRequestStart() {},
        onResponseStart({ rawHeaders }, status) {
          const names = (rawHeaders as Buffer[]).map(String)
          const sent = names.filter(
            (_, at) => !/^(?:connection|keep-alive|transfer-encoding)$/i.test(names[at - (at % 2)] ?? ''),
          )
          mux.send(id, KIND.head, Buffer.from(JSON.stringify({ status, headers: sent })))
        },
        onResponseData: (_controller, chunk) => mux.send(id, KIND.data, chunk),
        onResponseEnd: () => mux.send(id, KIND.end, Buffer.alloc(0)),
        onResponseError: (_controller, cause) => {
          throw cause
        },
      },
    )
  }
  await once(socket, 'open')
}

serve({ relay, bridge })
