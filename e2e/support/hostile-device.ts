import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import type { DeviceIdentity } from '../../src/bridge/secrets/device-identity.ts'
import { handshakeProof } from '../../src/bridge/secrets/device-key.ts'
import { CHALLENGE_FIELD } from '../../src/shared/device-proof.ts'
import { formatKey } from '../../src/shared/key-format.ts'
import { TUNNEL_SUBPROTOCOL } from '../../src/shared/version.ts'
import { FrameDecoder } from '../../src/tunnel/frame-decoder.ts'
import { encodeFrame, FRAME, type Frame } from '../../src/tunnel/frame.ts'
import { DEFAULT_LIMITS } from '../../src/tunnel/limits.ts'
import { pair, type RelayDoor } from './stack.ts'
import { digestOf } from '../../src/tunnel/digest.ts'

export interface HostileDeviceOptions {
  readonly owner?: string
  /** A previously paired identity; a new device by default. */
  readonly identity?: DeviceIdentity
  readonly socket?: ClientOptions
  readonly protocols?: readonly string[]
}

/** A device with a valid credential that sends whatever the test specifies, without following the protocol. */
export class HostileDevice {
  readonly identity: DeviceIdentity
  /** Below the protocol: for pings, text and malformed frames. */
  readonly webSocket: WebSocket
  /** A key of its owner, valid once announced. */
  readonly key: string
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #challenge = ''
  readonly #frames: Frame[] = []
  readonly #watchers = new Set<() => void>()
  /** Called for every frame of the relay. */
  onFrame: (frame: Frame) => void = () => {}

  private constructor(identity: DeviceIdentity, webSocket: WebSocket) {
    this.identity = identity
    this.webSocket = webSocket
    this.key = formatKey(identity.address, randomBytes(32).toString('base64url'))
    this.closed = new Promise((resolve) =>
      webSocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    )
    const decoder = new FrameDecoder(DEFAULT_LIMITS)
    webSocket.on('error', () => {})
    webSocket.on('message', (bytes: Buffer) =>
      decoder.push(bytes, (frame) => {
        this.#frames.push(frame)
        this.onFrame(frame)
        for (const look of this.#watchers) look()
        return true
      }),
    )
  }

  /** Connects without a handshake. */
  static async connect(relay: RelayDoor, options: HostileDeviceOptions = {}): Promise<HostileDevice> {
    const { owner = 'mallory', socket, protocols = [TUNNEL_SUBPROTOCOL] } = options
    const identity = options.identity ?? (await pair(relay, owner))
    const webSocket = new WebSocket(`ws://127.0.0.1:${relay.port}/ws/tunnel`, [...protocols], {
      headers: { authorization: `Bearer ${identity.credential}` },
      perMessageDeflate: false,
      ...socket,
    })
    const device = new HostileDevice(identity, webSocket)
    webSocket.on('upgrade', ({ headers }) => (device.#challenge = String(headers[CHALLENGE_FIELD])))
    await once(webSocket, 'open')
    return device
  }

  /** Connects, sends HELLO and announces its key. */
  static async online(relay: RelayDoor, options: HostileDeviceOptions = {}): Promise<HostileDevice> {
    const device = await HostileDevice.connect(relay, options)
    device.send(device.hello())
    await device.frame(FRAME.WELCOME)
    device.send(device.announcement())
    for (;;) {
      const response = await fetch(`${relay.url}/api/tunnel/status`, { headers: device.authorization })
      const { online } = (await response.json()) as { online?: boolean }
      if (online === true) return device
    }
  }

  get authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.key}` }
  }

  hello(facts: object = {}): Buffer {
    const { deviceId } = this.identity
    return json(FRAME.HELLO, {
      protocols: [1],
      agent: 'hostile',
      deviceId,
      deviceName: 'hostile',
      instance: randomUUID(),
      attempt: 1,
      proof: handshakeProof(this.identity, this.#challenge),
      ...facts,
    })
  }

  announcement(facts: object = {}): Buffer {
    const keyDigests = [digestOf(this.key)]
    return json(FRAME.ANNOUNCE, { keyDigests, upstreamKind: 'ollama', models: [], ...facts })
  }

  /** In one WebSocket message. */
  send(...frames: Buffer[]): void {
    this.webSocket.send(Buffer.concat(frames))
  }

  /** The next frame of this type, and of this stream if given; it may have arrived already. */
  frame(type: number, streamId?: number): Promise<Frame> {
    return new Promise((resolve) => {
      const look = (): void => {
        const at = this.#frames.findIndex(
          (frame) => frame.type === type && (streamId ?? frame.streamId) === frame.streamId,
        )
        if (at < 0) return
        this.#watchers.delete(look)
        const [found] = this.#frames.splice(at, 1)
        if (found !== undefined) resolve(found)
      }
      this.#watchers.add(look)
      look()
    })
  }

  destroy(): void {
    this.webSocket.terminate()
  }
}

export function json(type: number, value: object, streamId = 0): Buffer {
  return encodeFrame(type, streamId, Buffer.from(JSON.stringify(value)))
}
