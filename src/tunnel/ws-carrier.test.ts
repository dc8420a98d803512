import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { WsCarrier } from './ws-carrier.ts'

let server: WebSocketServer
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
})
afterEach(() => server.close())

it('truncates a reason between characters: a partial one would exceed a close frame', async () => {
  server.on('connection', (socket) => new WsCarrier(socket).close(4400, `${'x'.repeat(122)}’s end`))
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [code, reason] = (await once(client, 'close')) as [number, Buffer]
  expect([code, reason.toString()]).toEqual([4400, 'x'.repeat(122)])
})
