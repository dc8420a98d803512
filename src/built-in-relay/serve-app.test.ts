import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BuiltInRelayEvent } from '../shared/built-in-relay.ts'
import { silentLogger } from '../shared/logger.ts'
import { serveApp } from './serve-app.ts'

let told: BuiltInRelayEvent[]
let ended: PromiseWithResolvers<void>
let command: ReturnType<typeof serveApp>
let settings: { dataDir: string; host: string; port: number; publicUrl: string }

beforeEach(async () => {
  told = []
  ended = Promise.withResolvers()
  command = serveApp({
    logger: silentLogger,
    tell: (event) => told.push(event),
    exit: () => ended.resolve(),
  })
  const port = await freePort()
  const dataDir = await mkdtemp(join(tmpdir(), 'ctl-built-in-'))
  settings = { dataDir, host: '127.0.0.1', port, publicUrl: `http://192.168.1.20:${port}` }
})
afterEach(() => vi.unstubAllEnvs())

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

describe('the process of the built-in relay', () => {
  it('starts a relay that the returned code pairs with, and ends when told', async () => {
    // Variables for a relay that the user starts.
    vi.stubEnv('PORT', '1')
    vi.stubEnv('PAIRING_ENABLED', 'false')
    command({ kind: 'start', settings })
    await expect.poll(() => told).toHaveLength(1)
    const [event] = told
    if (event?.kind !== 'listening') throw new Error(JSON.stringify(event))
    const answer = await fetch(`http://127.0.0.1:${settings.port}/api/pair`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: event.pairingCode, deviceName: 'desk' }),
    })
    expect(answer.status).toBe(200)
    command({ kind: 'stop' })
    await ended.promise
    await expect(fetch(`http://127.0.0.1:${settings.port}/`)).rejects.toThrow('fetch failed')
  })

  it('tells that its port is taken', async () => {
    const other = createServer().listen(settings.port, '127.0.0.1')
    await once(other, 'listening')
    command({ kind: 'start', settings })
    await expect.poll(() => told).toMatchObject([{ kind: 'failed', code: 'PORT_IN_USE' }])
    command({ kind: 'stop' })
    await ended.promise
    other.close()
  })
})
