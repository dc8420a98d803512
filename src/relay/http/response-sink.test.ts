import { EventEmitter, once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import { ResponseSink } from './response-sink.ts'

/** Node's response as far as the sink sees it: full after each write while the client is slow. */
class FakeResponse extends EventEmitter {
  readonly written: string[] = []
  writableNeedDrain = false
  isSlow = true
  ended = false

  write(bytes: Uint8Array): boolean {
    this.written.push(Buffer.from(bytes).toString())
    this.writableNeedDrain = this.isSlow
    return !this.isSlow
  }

  end(): void {
    this.ended = true
  }

  drain(): void {
    this.writableNeedDrain = false
    this.emit('drain')
  }
}

let response: FakeResponse
let sink: ResponseSink
beforeEach(() => {
  response = new FakeResponse()
  sink = new ResponseSink(response as unknown as ServerResponse, new FakeClock())
})

const byte = Buffer.from('x')

it('hands a slow client’s bytes over in few pieces', () => {
  for (let i = 0; i < 1 + 1000; i++) expect(sink.write(byte)).toBe(false)
  expect(response.written).toEqual(['x'])
  response.drain()
  expect(response.written.map(({ length }) => length)).toEqual([1, 256, 256, 256, 232])
})

it('keeps the order, up to the end', () => {
  const large = 'l'.repeat(5000)
  for (const piece of ['a', 'b', large, 'c']) sink.write(Buffer.from(piece))
  response.drain()
  sink.write(Buffer.from('d'))
  sink.end()
  expect(response.written.join('')).toBe(`ab${large}cd`)
  expect(response.ended).toBe(true)
})

it('what is written just before the connection is broken still reaches the client', async () => {
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
