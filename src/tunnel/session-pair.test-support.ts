import { FakeClock } from './fake-clock.test-support.ts'
import { DEFAULT_LIMITS, type TunnelLimits } from './limits.ts'
import { Link } from './link.ts'
import type { WindowBudget } from './receive-window.ts'
import { Session, type SessionHandlers } from './session.ts'
import { SimulatedWire, type WireOptions } from './simulated-carrier.test-support.ts'
import type { StreamHandlers, TunnelStream } from './stream.ts'

/** Events recorded at one end of a stream. */
export class Recorder implements StreamHandlers {
  readonly stream: TunnelStream
  readonly messages: string[] = []
  readonly chunks: Buffer[] = []
  ended = false
  resetCode: string | undefined
  drains = 0
  autoRelease = true

  constructor(stream: TunnelStream) {
    this.stream = stream
    stream.attach(this)
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }

  message(bytes: Uint8Array): void {
    this.messages.push(Buffer.from(bytes).toString())
  }

  data(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk))
    if (this.autoRelease) this.stream.release(chunk.length)
  }

  end(): void {
    this.ended = true
  }

  reset(code: string): void {
    this.resetCode = code
  }

  drain(): void {
    this.drains++
  }
}

/** The sessions of a relay and a bridge, and the wires between them. */
export class SessionPair {
  readonly clock = new FakeClock()
  readonly relay: Session
  readonly bridge: Session
  readonly events: string[] = []
  readonly accepted: Recorder[] = []
  onOpened: (stream: TunnelStream, head: Buffer) => void = (stream) => {
    this.accepted.push(new Recorder(stream))
  }
  onIdle = (): void => {}
  wire: SimulatedWire
  readonly #limits: TunnelLimits

  /** @param windowBudget budget of the relay's session */
  constructor(limits: Partial<TunnelLimits> = {}, wire?: WireOptions, windowBudget?: WindowBudget) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.relay = this.#session('opener', windowBudget)
    this.bridge = this.#session('acceptor')
    this.wire = this.connect(wire)
  }

  #session(role: 'opener' | 'acceptor', windowBudget?: WindowBudget): Session {
    const name = role === 'opener' ? 'relay' : 'bridge'
    const say = (event: string) => void this.events.push(`${name} ${event}`)
    const handlers: SessionHandlers = {
      opened: (stream, head) => this.onOpened(stream, head),
      announced: (json) => say(`announced ${json.toString()}`),
      credential: (token) => say(`credential ${token}`),
      goaway: (json) => say(`goaway ${json}`),
      detached: (code) => say(`detached ${code}`),
      lost: (error) => say(`lost ${error.code}`),
      idle: () => {
        say('idle')
        this.onIdle()
      },
      measured: () => say('measured'),
    }
    const budget = windowBudget && { windowBudget }
    return new Session({ role, clock: this.clock, limits: this.#limits, handlers, ...budget })
  }

  /** Connects the two over a new wire, as a handshake would. */
  connect(options?: WireOptions): SimulatedWire {
    this.wire = new SimulatedWire(this.clock, options)
    const relayHas = this.relay.receivedBytes
    const bridgeHas = this.bridge.receivedBytes
    this.relay.attach(new Link(this.wire.a, this.#limits), bridgeHas)
    this.bridge.attach(new Link(this.wire.b, this.#limits), relayHas)
    return this.wire
  }

  /** Runs until idle, reconnecting whenever the wire dies. */
  settle(): void {
    this.clock.settle()
    for (let tries = 0; !this.wire.alive && !this.relay.isOver && tries < 100; tries++) {
      this.connect()
      this.clock.settle()
    }
  }

  open(head = 'head'): Recorder {
    return new Recorder(this.relay.open(Buffer.from(head)))
  }
}
