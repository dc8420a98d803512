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
/** The ports that the relay has logged. */
let ports: number[]

beforeEach(async () => {
  told = []
  ports = []
  ended = Promise.withResolvers()
  command = serveApp({
    logger: {
      ...silentLogger,
      info: (fields) => void ('port' in fields && ports.push(Number(fields.port))),
    },
    tell: (event) => told.push(event),
    exit: () => ended.resolve(),
  })
  const dataDir = await mkdtemp(join(tmpdir(), 'ctl-built-in-'))
  settings = { dataDir, host: '127.0.0.1', port: 0, publicUrl: 'http://192.168.1.20:3001' }
})
afterEach(() => vi.unstubAllEnvs())

describe('the process of the built-in relay', () => {
  it('starts a relay that the returned code pairs with, and ends when told', async () => {
    // Variables for a relay that the user starts.
    vi.stubEnv('PORT', '1')
    vi.stubEnv('PAIRING_ENABLED', 'false')
    command({ kind: 'start', settings })
    await expect.poll(() => told).toHaveLength(1)
    const [event] = told
    if (event?.kind !== 'listening') throw new Error(JSON.stringify(event))
    const url = `http://127.0.0.1:${ports[0]}/`
    const answer = await fetch(`${url}api/pair`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: event.pairingCode, deviceName: 'desk' }),
    })
    expect(answer.status).toBe(200)
    command({ kind: 'stop' })
    await ended.promise
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('tells that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    command({ kind: 'start', settings: { ...settings, port } })
    await expect.poll(() => told).toMatchObject([{ kind: 'failed', code: 'PORT_IN_USE' }])
    command({ kind: 'stop' })
    await ended.promise
    other.close()
  })
})
