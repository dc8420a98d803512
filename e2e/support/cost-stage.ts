import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeAck, encodeFrame, FRAME, HEADER_BYTES, isSequenced } from '../../src/tunnel/frame.ts'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { FakeRelay } from './fake-relay.ts'
import { FakeUpstream } from './fake-upstream.ts'
import { JobWatcher } from './job-watcher.ts'
import { until } from './until.ts'
import { HostileDevice, json } from './hostile-device.ts'
import { SeparateProcess } from './separate-process.ts'
import type { RelayDoor } from './stack.ts'
import type { CostInput } from './cost-input.ts'
import { digestOf } from '../../src/tunnel/digest.ts'

/** Limit for slow answers, whose cost is known by then. */
const PATIENCE_MS = 10_000

/**
 * A relay and a bridge whose cost is measured, each in a separate process. In this process: their model server, the two devices of a
 * second owner, between which the relay has to choose.
 */
export class CostStage {
  readonly relay: SeparateProcess
  readonly bridge: SeparateProcess
  /** A bridge paired with a relay that ignores the protocol's rules. */
  readonly fooled: SeparateProcess
  readonly fakeRelay: FakeRelay
  readonly keyAtFakeRelay: string
  /** Keys of the owner with the bridge, and of the one with two devices. */
  readonly keys: readonly string[]
  /** Jobs created with the first key. */
  readonly jobIds: string[] = []
  readonly #door: RelayDoor
  readonly #upstream: FakeUpstream
  readonly #pair: readonly HostileDevice[]
  readonly #identity: DeviceIdentity
  readonly #open = new Set<Socket>()
  readonly #watchers: JobWatcher[] = []

  private constructor(parts: {
    readonly relay: SeparateProcess
    readonly bridge: SeparateProcess
    readonly door: RelayDoor
    readonly upstream: FakeUpstream
    readonly key: string
    readonly fooled: SeparateProcess
    readonly fakeRelay: FakeRelay
    readonly keyAtFakeRelay: string
    readonly pair: readonly [HostileDevice, HostileDevice]
    readonly identity: DeviceIdentity
  }) {
    this.relay = parts.relay
    this.bridge = parts.bridge
    this.fooled = parts.fooled
    this.fakeRelay = parts.fakeRelay
    this.keyAtFakeRelay = parts.keyAtFakeRelay
    this.#identity = parts.identity
    this.keys = [parts.key, parts.pair[0].key]
    this.#door = parts.door
    this.#upstream = parts.upstream
    this.#pair = parts.pair
  }

  static async start(): Promise<CostStage> {
    const upstream = await FakeUpstream.start()
    // Without the limit on wrong keys, so that the cost of each is measured.
    const relay = new SeparateProcess('relay-process.ts', '{"maxAuthFailures":0}')
    const { url, port } = await relay.lines.json<{ url: string; port: number }>()
    const bridge = new SeparateProcess(
      'bridge-process.ts',
      `${url}/`,
      await relay.pairingCode('one'),
      upstream.origin,
    )
    const online = async (owner: string): Promise<HostileDevice> => {
      const code = await relay.pairingCode(owner)
      return HostileDevice.online({ url, port, mintPairingCode: () => code })
    }
    const door = { url, port, mintPairingCode: () => '' }
    const pair = [await online('two'), await online('two')] as const
    const keyDigests = [digestOf(pair[0].key)]
    for (const device of pair) {
      device.send(device.announcement({ keyDigests, models: ['fake:latest'] }))
      answerAtOnce(device)
    }
    const third = await online('three')
    third.destroy()
    const fakeRelay = await FakeRelay.start()
    const fooled = new SeparateProcess('bridge-process.ts', fakeRelay.url, 'code', upstream.origin)
    const { key: keyAtFakeRelay } = await fooled.lines.json<{ key: string }>()
    await fakeRelay.announced
    const { key } = await bridge.lines.json<{ key: string }>()
    return new CostStage({
      relay,
      bridge,
      door,
      upstream,
      key,
      fooled,
      fakeRelay,
      keyAtFakeRelay,
      pair,
      identity: third.identity,
    })
  }

  /** Sends these bytes on a separate connection and waits until it has closed. */
  async send(bytes: Uint8Array): Promise<void> {
    const socket = await this.hold(bytes)
    const timeout = setTimeout(() => socket.destroy(), PATIENCE_MS)
    if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve))
    clearTimeout(timeout)
  }

  /** Sends these bytes and keeps the connection open until `release`. The response is read and discarded. */
  async hold(bytes: Uint8Array): Promise<Socket> {
    const socket = connect({ port: this.#door.port, host: '127.0.0.1', noDelay: true })
    this.#open.add(socket)
    socket.on('error', () => {}).on('close', () => this.#open.delete(socket))
    socket.resume()
    await once(socket, 'connect')
    if (!socket.write(bytes)) await new Promise((resolve) => socket.on('drain', resolve).on('close', resolve))
    return socket
  }

  /** Creates jobs with the first key: one runs, the others wait. */
  async createJobs(count: number): Promise<void> {
    const { url } = this.#door
    const request = { model: 'fake', messages: [], options: { load_ms: 600_000 } }
    const body = JSON.stringify({ type: 'request', path: '/api/chat', body: request })
    const headers = { authorization: `Bearer ${this.keys[0]}`, 'content-type': 'application/json' }
    for (let i = 0; i < count; i++) {
      const response = await fetch(`${url}/api/jobs`, { method: 'POST', headers, body })
      this.jobIds.push(((await response.json()) as { id: string }).id)
    }
  }

  /** Subscribes to these jobs of the first key on a new connection, until `release`. Resolves once all states have arrived. */
  async watch(jobIds: readonly string[]): Promise<JobWatcher> {
    const watcher = await JobWatcher.open(this.#door.port, this.keys[0]!)
    this.#watchers.push(watcher)
    for (const id of jobIds) watcher.subscribe(id)
    await until(() => watcher.updates.length >= jobIds.length)
    return watcher
  }

  /** The processes that handle the input of a client, a device or a relay. */
  endsFor(from: CostInput['from']): Readonly<Record<string, SeparateProcess>> {
    switch (from) {
      case 'client':
        return { relay: this.relay, bridge: this.bridge }
      case 'device':
        return { relay: this.relay }
      case 'relay':
        return { bridge: this.fooled }
    }
  }

  /** A misbehaving device of a third owner, before its HELLO. */
  connectDevice(): Promise<HostileDevice> {
    return HostileDevice.connect(this.#door, { identity: this.#identity })
  }

  /** The same, with its key announced. */
  onlineDevice(): Promise<HostileDevice> {
    return HostileDevice.online(this.#door, { identity: this.#identity })
  }

  release(): void {
    for (const socket of this.#open) socket.destroy()
    for (const watcher of this.#watchers.splice(0)) watcher.close()
    this.#upstream.seen.length = 0
  }

  async close(): Promise<void> {
    this.release()
    for (const device of this.#pair) device.destroy()
    await this.bridge.close()
    await this.fooled.close()
    this.fakeRelay.close()
    await this.relay.close()
    await this.#upstream.close()
  }
}

/** Sends empty responses, and acknowledges received data like a real bridge. */
function answerAtOnce(device: HostileDevice): void {
  const head = { type: 'head', status: 200, headers: ['content-length', '0'] }
  let receivedBytes = 0
  device.onFrame = ({ type, streamId, payload }) => {
    if (isSequenced(type)) device.send(encodeAck((receivedBytes += HEADER_BYTES + payload.length)))
    if (type === FRAME.OPEN)
      device.send(json(FRAME.MESSAGE, head, streamId), encodeFrame(FRAME.END, streamId))
  }
}
