import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, expect, it } from 'vitest'
import { FakeClock } from '../tunnel/fake-clock.test-support.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { ResponseSink } from './response-sink.ts'

/** The part of Node's response that the sink uses. A slow client accepts nothing until `drain`. */
class FakeResponse {
  readonly written: string[] = []
  readonly #waiting: (() => void)[] = []
  ended = false

  write(bytes: Uint8Array, taken: () => void): void {
    this.written.push(Buffer.from(bytes).toString())
    this.#waiting.push(taken)
  }

  end(): void {
    this.ended = true
  }

  /** The client accepts everything, including later writes. */
  drain(): void {
    for (let taken = this.#waiting.shift(); taken !== undefined; taken = this.#waiting.shift()) taken()
  }
}

let response: FakeResponse
let sink: ResponseSink
beforeEach(() => {
  response = new FakeResponse()
  sink = new ResponseSink(response as unknown as ServerResponse, new FakeClock())
})

const byte = Buffer.from('x')

it('writes a slow client’s bytes in few chunks', () => {
  for (let i = 0; i < 10_000; i++) sink.write(byte)
  response.drain()
  expect(response.written.join('')).toBe('x'.repeat(10_000))
  expect(response.written.length).toBeLessThan(20)
})

it('requests a pause while much is buffered, and reports once when the client has caught up', () => {
  let drains = 0
  sink.onDrain = () => drains++
  let written = 0
  while (sink.write(Buffer.alloc(1_000))) written += 1_000
  expect(written).toBe(65_000)
  sink.write(byte)
  expect(drains).toBe(0)
  response.drain()
  expect(drains).toBe(1)
  expect(sink.write(byte)).toBe(true)
})

it('keeps the order, up to the end', () => {
  const large = 'l'.repeat(5000)
  for (const piece of ['a', 'b', large, 'c', 'd', 'e', large]) sink.write(Buffer.from(piece))
  sink.end()
  expect(response.written.join('')).toBe(`ab${large}cde${large}`)
  expect(response.ended).toBe(true)
})

it('data written just before a reset still reaches the client', async () => {
  const server = createServer((_request, response) => {
    const sink = new ResponseSink(response, systemClock)
    sink.writeHead(200, ['content-type', 'application/json'])
    sink.write(Buffer.from('{"error":"why"}'))
    sink.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  const [response]: IncomingMessage[] = await once(request, 'response')
  let text = ''
  response!.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await expect(once(response!, 'end')).rejects.toThrow()
  server.close()
  expect(text).toBe('{"error":"why"}')
})
