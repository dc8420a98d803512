import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { KeyDigest } from '../../shared/brands.ts'
import { silentLogger } from '../../shared/logger.ts'
import { headerOf } from '../../shared/headers.ts'
import { encodeMessage, type RequestHead } from '../../shared/proxy-head.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import { testGrant } from '../policy/grant.test-support.ts'
import type { Grant } from '../policy/grant.ts'
import { Forwarder, type ForwarderOptions } from './forwarder.ts'
import { MemoryStream } from './memory-stream.test-support.ts'
import type { RequestEvent } from './request-event.ts'
import type { UpstreamTarget } from './upstream-request.ts'

const servers = new Set<{ close(): unknown; closeAllConnections?(): void }>()

/** Closes all servers of a test; call it in `afterEach`. */
export function closeServers(): void {
  for (const server of servers) {
    server.close()
    server.closeAllConnections?.()
  }
  servers.clear()
}

export async function listen(server: Server): Promise<UpstreamTarget> {
  servers.add(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kind: 'ollama' }
}

export const upstreamOf = (listener: RequestListener) => listen(createServer(listener))

/** A raw TCP upstream: gets every socket whose request has begun. */
export const tcpUpstreamOf = (listener: (socket: Socket) => void) =>
  listen(
    createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => listener(socket))
    }),
  )

export interface Setup extends Partial<ForwarderOptions> {
  readonly grant?: Partial<Grant>
}

/** A forwarder for `upstream`, and functions that open requests like a relay. For tests only. */
export function forwarderFor(upstream: UpstreamTarget | null, { grant, ...options }: Setup = {}) {
  const events: RequestEvent[] = []
  const forwarder = new Forwarder({
    upstream: () => upstream,
    grantFor: () => testGrant(grant),
    clock: systemClock,
    logger: silentLogger,
    onRequest: (event) => events.push(event),
    ...options,
  })
  const open = (method: string, target: string, head: Partial<RequestHead> = {}) => {
    const stream = new MemoryStream()
    const principal = { kind: 'key', digest: 'd' as KeyDigest } as const
    const whole = { method, target, headers: [], principal, requestId: 'r1', hasBody: false, ...head }
    forwarder.accept(stream, encodeMessage(whole))
    if (!whole.hasBody) stream.sendEnd()
    return stream
  }
  /** Sends a complete request with a JSON body. */
  const post = (target: string, body: unknown, headers: string[] = [], method = 'POST') => {
    const bytes =
      body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const stream = open(method, target, {
      headers: [...headers, 'Content-Length', String(bytes.length)],
      hasBody: true,
    })
    stream.push(bytes)
    stream.sendEnd()
    return stream
  }
  return { forwarder, open, post, events }
}

export const header = (stream: MemoryStream, name: string) => headerOf(stream.head?.headers ?? [], name)
export const errorText = (stream: MemoryStream) =>
  (JSON.parse(stream.body.toString()) as { error: string }).error
export const types = (stream: MemoryStream) => stream.messages.map((message) => message.type)
export const chat = { model: 'm', messages: [] }

/** An upstream that records complete requests and responds with 200. */
export async function recordingUpstream() {
  const seen = Promise.withResolvers<{ request: IncomingMessage; body: Buffer }>()
  const upstream = await upstreamOf((request, response) => {
    void buffer(request).then((body) => {
      seen.resolve({ request, body })
      response.end('{}')
    })
  })
  return { upstream, seen: seen.promise }
}
