import { once } from 'node:events'
import { type AddressInfo, createServer, Server } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../shared/logger.ts'
import { listen } from './listen.ts'

function closed(server: Server): Server {
  onTestFinished(() => void server.close())
  return server
}

it('listens on IPv4 and IPv6 without a host, on one address with it, and returns the port', async () => {
  const server = closed(createServer())
  const port = await listen(server, { host: '127.0.0.1', port: 0 }, silentLogger)
  expect(server.address()).toMatchObject({ address: '127.0.0.1', port })
  const all = closed(createServer())
  await listen(all, { host: '::', port: 0 }, silentLogger)
  expect(['::', '0.0.0.0']).toContain((all.address() as AddressInfo).address)
})

it('reports which port is in use and what to do', async () => {
  const first = closed(createServer()).listen(0, '127.0.0.1')
  await once(first, 'listening')
  const { port } = first.address() as AddressInfo
  const address = { host: '127.0.0.1', port }
  await expect(listen(createServer(), address, silentLogger)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: `port ${port} is in use: choose another with --port (0 = any)`,
  })
  await expect(listen(createServer(), address, silentLogger, 'stop it')).rejects.toThrow(
    `port ${port} is in use: stop it`,
  )
})

it('explains how to get permission to use a low port', async () => {
  const server = new Server()
  server.listen = () => {
    setImmediate(() => server.emit('error', Object.assign(new Error('listen EACCES'), { code: 'EACCES' })))
    return server
  }
  await expect(listen(server, { host: '::', port: 443 }, silentLogger)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `This user may not use port 443. Run as root, set AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit, or run: sudo setcap cap_net_bind_service=+ep ${process.execPath}`,
  })
})

it('reports an address that this machine does not have', async () => {
  await expect(listen(createServer(), { host: '192.0.2.1', port: 0 }, silentLogger)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: '--host 192.0.2.1 is not an address of this machine. Use one that is, or 0.0.0.0 for all.',
  })
})

it('reports a host name without an address', async () => {
  await expect(listen(createServer(), { host: 'no.invalid', port: 0 }, silentLogger)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: '--host no.invalid has no address. Check the name.',
  })
})
