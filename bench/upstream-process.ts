/** A model server with minimal overhead, which timestamps its tokens. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { preciseNow, serve } from './child.ts'

const TOKEN_MS = 50
const VERSION = Buffer.from('{"version":"0.12.3"}')
const SHOW = Buffer.from(`{"details":{"family":"bench"},"template":"${'x'.repeat(300)}"}`)
const TAGS = Buffer.from('{"models":[]}')
const block = Buffer.alloc(64 * 1024)
/** When the responses of streams were closed, by stream id. */
const closedAt = new Map<string, PromiseWithResolvers<number>>()

const server = createServer({ noDelay: true, requestTimeout: 0 }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://upstream')
  if (pathname === '/api/version') return json(response, VERSION)
  if (pathname === '/api/tags') return json(response, TAGS)
  if (pathname === '/api/show') return void request.resume().on('end', () => json(response, SHOW))
  if (pathname === '/api/chat') return void request.resume().on('end', () => chat(response, searchParams))
  if (pathname.startsWith('/api/blobs/')) return swallow(request, response)
  if (pathname === '/v1/models/bulk') return void pour(response, Number(searchParams.get('bytes')))
  response.writeHead(404).end()
})

function json(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

/** Sends numbered tokens with the time of their creation. */
function chat(response: ServerResponse, parameters: URLSearchParams): void {
  const id = parameters.get('id') ?? ''
  const tokens = Number(parameters.get('tokens'))
  let sent = 0
  const timer = setInterval(() => {
    if (sent === tokens) return void response.end('{"done":true}\n')
    response.write(`{"n":${sent++},"at":${preciseNow()}}\n`)
  }, TOKEN_MS)
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders()
  response.on('close', () => {
    clearInterval(timer)
    closing(id).resolve(preciseNow())
  })
}

function closing(id: string): PromiseWithResolvers<number> {
  const waiting = closedAt.get(id) ?? Promise.withResolvers<number>()
  closedAt.set(id, waiting)
  return waiting
}

function swallow(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => (bytes += chunk.length))
  request.on('end', () => json(response, Buffer.from(JSON.stringify({ bytes }))))
}

async function pour(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes })
  for (let left = bytes; left > 0; left -= block.length)
    if (!response.write(block.subarray(0, Math.min(left, block.length)))) await once(response, 'drain')
  response.end()
}

server.listen(0, '127.0.0.1')
await once(server, 'listening')
serve({
  port: () => (server.address() as AddressInfo).port,
  closedAt: (id: string) => closing(id).promise,
})
