import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { systemClock } from '../../tunnel/system-clock.ts'
import { ResponseSink } from './response-sink.ts'

test('what is written just before the connection is broken still reaches the client', async () => {
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
