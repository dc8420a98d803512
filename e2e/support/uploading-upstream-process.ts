/**
 * An upstream that discards uploads and timestamps its tokens, and the client that uploads to it, in a separate process: moving a
 * gigabyte must not hold up the process that measures. Prints its origin; uploads to each URL that it reads and prints the
 * status of the answer.
 */
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { FakeUpstream } from './fake-upstream.ts'
import { say } from './separate-process.ts'

const UPLOAD_BYTES = 2 ** 30
/** A gigabit line. At full speed the measurement would show the wait for a free core instead of the tunnel. */
const BYTES_PER_MS = 125_000
const TOKEN_MS = 50
const block = Buffer.alloc(64 * 1024)
let isUploading = true

const fake = await FakeUpstream.start()
fake.on('POST', '/api/blobs/sha256:any', (incoming, response) => {
  incoming.resume().on('end', () => response.writeHead(201).end())
})
fake.on('POST', '/v1/completions', (_incoming, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const timer = setInterval(() => {
    if (isUploading) return void response.write(`data: ${performance.timeOrigin + performance.now()}\n\n`)
    clearInterval(timer)
    response.end('data: [DONE]\n\n')
  }, TOKEN_MS)
})
say({ origin: fake.origin })

for await (const url of createInterface(process.stdin)) {
  isUploading = true
  const outgoing = request(url, { method: 'POST', agent: false })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  await upload(outgoing)
  const [response] = await answered
  response.resume()
  isUploading = false
  say({ status: response.statusCode })
}
process.exit()

async function upload(outgoing: ClientRequest): Promise<void> {
  const startedAt = performance.now()
  for (let sent = 0; sent < UPLOAD_BYTES; sent += block.length) {
    const aheadMs = sent / BYTES_PER_MS - (performance.now() - startedAt)
    if (aheadMs > 1) await sleep(aheadMs)
    if (!outgoing.write(block)) await once(outgoing, 'drain')
  }
  outgoing.end()
}
