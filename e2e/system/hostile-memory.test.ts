import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import { encodeMessage } from '../../src/shared/proxy-head.ts'
import { encodeFrame, FRAME } from '../../src/tunnel/frame.ts'
import type { MuxStream } from '../../src/tunnel/mux-stream.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { HostileDevice, json } from '../support/hostile-device.ts'
import { SeparateProcess } from '../support/separate-process.ts'
import { pair, startTestRelay } from '../support/stack.ts'
import { keyDigestOf } from '../../src/tunnel/digest.ts'

const MIB = 2 ** 20
/** Memory that a process may use beyond its budget, garbage included. */
const ALLOWED_MIB = 150
/** Single bytes per request. Kept as separate pieces of about 80 bytes each, they would exceed the bound several times. */
const REQUESTS = 64
const BYTES = 12 * 1024
/** Memory that may be held for them after a garbage collection. */
const ALLOWED_HELD = 12 * MIB

const TUNNELS = 24
const PADDING_BYTES = 14 * 1024

/** A request whose body is still to come. */
function open(url: string, path: string): ClientRequest {
  const outgoing = request(`${url}${path}`, { method: 'POST', agent: false })
  outgoing.on('error', () => {})
  outgoing.flushHeaders()
  return outgoing
}

describe('a bridge', () => {
  let fake: FakeUpstream
  let relay: Relay
  let bridge: SeparateProcess
  let key: string
  beforeAll(async () => {
    fake = await FakeUpstream.start()
    relay = await startTestRelay()
    const code = relay.mintPairingCode('owner')
    bridge = new SeparateProcess('bridge-process.ts', `${relay.url}/`, code, fake.origin)
    key = (await bridge.lines.json<{ key: string }>()).key
  })
  afterAll(async () => {
    await bridge.close()
    await relay.close()
    await fake.close()
  })

  it('uses no more than its budget for eight unfinished bodies of 120 MB', async () => {
    const idleMiB = await bridge.rssMiB()
    const url = `${relay.url}/k/${key}`
    const answers: IncomingMessage[] = []
    const block = Buffer.alloc(MIB, ' ')
    const uploads = Array.from({ length: 8 }, () => {
      const outgoing = open(url, '/api/chat')
      const body = Readable.from(Array<Buffer>(120).fill(block))
      body.pipe(outgoing, { end: false })
      // Answered, or cut off because it kept sending.
      const refused = new Promise<void>((resolve) => {
        outgoing.on('response', (answer) => resolve(void answers.push(answer.resume())))
        outgoing.on('close', resolve)
      }).then(() => void body.unpipe(outgoing))
      return { outgoing, refused, settled: Promise.race([refused, once(body, 'end')]) }
    })
    await Promise.all(uploads.map(({ settled }) => settled))
    // The last data sent is still in transit.
    let refusals = 0
    for (const { refused } of uploads) void refused.then(() => refusals++)
    await expect.poll(() => refusals).toBeGreaterThanOrEqual(6)
    expect(answers.length).toBeGreaterThan(0)
    for (const { statusCode, headers } of answers) {
      expect(statusCode).toBe(429)
      expect(headers['retry-after']).toBeDefined()
    }
    // The memory of two bodies, and garbage that is not collected yet.
    expect((await bridge.rssMiB()) - idleMiB).toBeLessThan(256 + ALLOWED_MIB)
    for (const { outgoing } of uploads) outgoing.destroy()
    await expect.poll(() => fetch(`${url}/api/version`).then(({ status }) => status)).toBe(200)
  })

  it('uses little memory for bodies that a relay sends one byte per frame', async () => {
    const idleBytes = await bridge.heldBytes()
    const [tunnel] = relay.tunnels.all
    const digest = keyDigestOf(key)
    const head = { method: 'POST', target: '/api/chat', headers: [], hasBody: true, requestId: 'r' } as const
    const streams = Array.from({ length: REQUESTS }, () => {
      const opening = encodeMessage({ ...head, principal: { kind: 'key', digest } })
      const stream = tunnel!.open(opening) as MuxStream
      stream.attach({ message() {}, data() {}, end() {}, reset() {}, drain() {} })
      return stream
    })
    const byte = Buffer.from(' ')
    for (let sent = 0; sent < BYTES / 2; sent += 512) {
      for (const stream of streams)
        for (let i = 0; i < 512; i++) {
          stream.write(byte)
          // Between two messages bytes cannot be put together.
          stream.message(Buffer.alloc(0))
        }
      // Only bytes that the bridge has received are bytes that it can hold.
      await expect.poll(() => streams.some(({ isReady }) => isReady), { timeout: 60_000 }).toBe(false)
      await expect.poll(() => tunnel!.unackedBytes).toBe(0)
    }
    expect(streams.map(({ closed }) => closed)).not.toContain(true)
    expect((await bridge.heldBytes()) - idleBytes).toBeLessThan(ALLOWED_HELD)
    for (const stream of streams) stream.reset('CANCELLED')
  })
})

describe('a relay', () => {
  it('uses little memory for errors that a device sends late, one byte per frame', async () => {
    const relay = new SeparateProcess('relay-process.ts')
    const { url, port } = await relay.lines.json<{ url: string; port: number }>()
    const code = await relay.pairingCode('mallory')
    const door = { url, port, mintPairingCode: () => code }
    const device = await HostileDevice.online(door)
    device.onFrame = ({ type, streamId }) => {
      if (type !== FRAME.OPEN) return
      device.send(json(FRAME.MESSAGE, { type: 'accept' }, streamId))
      device.send(json(FRAME.MESSAGE, { type: 'shape', shape: 'ndjson', waitedMs: 15_000 }, streamId))
    }
    const clients = Array.from({ length: REQUESTS }, () => open(`${url}/k/${device.key}`, '/api/chat'))
    // The relay begins the answers itself when nothing has come for 15 seconds, or so the device says.
    await Promise.all(clients.map((client) => once(client, 'response')))
    const idleBytes = await relay.heldBytes()
    const ids = Array.from({ length: REQUESTS }, (_, i) => i + 1)
    device.send(...ids.map((id) => json(FRAME.MESSAGE, { type: 'head', status: 500, headers: [] }, id)))
    for (let sent = 0; sent < BYTES; sent += 64) {
      const frames = ids.flatMap((id) =>
        Array<Buffer>(64).fill(encodeFrame(FRAME.DATA, id, Buffer.from('x'))),
      )
      await new Promise((done) => device.webSocket.send(Buffer.concat(frames), done))
    }
    device.send(encodeFrame(FRAME.PING, 0, Buffer.alloc(8)))
    await device.frame(FRAME.PONG)
    expect((await relay.heldBytes()) - idleBytes).toBeLessThan(ALLOWED_HELD)
    for (const client of clients) client.destroy()
    device.destroy()
    await relay.close()
  })

  it('retains nothing of the request that opened a tunnel', async () => {
    const relay = new SeparateProcess('relay-process.ts')
    const { url, port } = await relay.lines.json<{ url: string; port: number }>()
    const devices: HostileDevice[] = []
    const openSome = async (paddingBytes: number): Promise<number> => {
      const before = await relay.heldBytes()
      for (let i = 0; i < TUNNELS; i++) {
        const owner = `owner-${devices.length}`
        const code = await relay.pairingCode(owner)
        const door = { url, port, mintPairingCode: () => code }
        const identity = await pair(door, owner)
        const headers = {
          authorization: `Bearer ${identity.credential}`,
          'x-padding': 'x'.repeat(paddingBytes),
        }
        devices.push(await HostileDevice.online(door, { identity, socket: { headers } }))
      }
      return (await relay.heldBytes()) - before
    }
    // The first ones load code and fill tables.
    await openSome(0)
    const growths: number[] = []
    for (let round = 0; round < 3; round++)
      growths.push((await openSome(PADDING_BYTES)) - (await openSome(0)))
    // In some rounds, a table doubles its size.
    const [, median] = growths.toSorted((a, b) => a - b)
    expect(median, `bytes: ${growths.join(', ')}`).toBeLessThan((TUNNELS * PADDING_BYTES) / 2)
    for (const device of devices) device.destroy()
    await relay.close()
  })
})
