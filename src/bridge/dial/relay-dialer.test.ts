import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { dialRelay } from './relay-dialer.ts'

test('an attempt that was given up before it began sends nothing', async () => {
  let connections = 0
  const relay = createServer((socket) => {
    connections++
    socket.end()
  })
  onTestFinished(() => void relay.close())
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const { port } = relay.address() as AddressInfo
  const signal = AbortSignal.abort(new Error('signed out'))
  const url = `ws://127.0.0.1:${port}/ws/tunnel`
  const dialled = dialRelay({ url, credential: 'secret', agent: undefined, maxMessageBytes: 1024, signal })
  await expect(dialled).rejects.toThrow('signed out')
  await once(connect(port, '127.0.0.1').resume(), 'close')
  expect(connections).toBe(1)
})
