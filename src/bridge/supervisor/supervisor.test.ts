import { expect, test } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { awaitHello, welcome, type Hello } from '../../tunnel/handshake.ts'
import { DEFAULT_LIMITS } from '../../tunnel/limits.ts'
import { Link } from '../../tunnel/link.ts'
import { Session } from '../../tunnel/session.ts'
import { Recorder } from '../../tunnel/session-pair.test-support.ts'
import { SimulatedWire } from '../../tunnel/simulated-carrier.test-support.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import { Supervisor } from './supervisor.ts'

const GRACE_MS = 120_000

/** A bridge's supervisor and a relay that responds to each HELLO according to `answers`. */
class Scene {
  readonly clock = new FakeClock()
  readonly wires: SimulatedWire[] = []
  readonly hellos: Hello[] = []
  readonly streams: TunnelStream[] = []
  readonly relay = this.#session()
  answers = true
  readonly supervisor = new Supervisor({
    clock: this.clock,
    random: () => 0.5,
    limits: () => DEFAULT_LIMITS,
    logger: silentLogger,
    device: () => ({ id: 'd', name: 'desk' }),
    dial: async () => ({ carrier: this.#dial(), proof: undefined }),
    announcement: () => '{}',
    onStream: (stream) => void this.streams.push(stream),
    onCredential: () => {},
    onChange: () => {},
  })

  /** Runs promises and `soon` callbacks until both are exhausted. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 10; turns++) {
      await Promise.resolve()
      this.clock.settle()
    }
  }

  #dial() {
    const wire = new SimulatedWire(this.clock)
    this.wires.push(wire)
    const link = new Link(wire.a, DEFAULT_LIMITS)
    awaitHello(link, this.clock, DEFAULT_LIMITS, (hello) => {
      this.hellos.push(hello)
      if (this.answers) this.#welcome(link, hello)
    })
    return wire.b
  }

  #welcome(link: Link, { resume }: Hello): void {
    const resumed = resume !== undefined
    welcome(link, {
      protocol: 1,
      sessionId: 's',
      ticket: 't',
      resumed,
      receivedBytes: this.relay.receivedBytes,
      graceMs: GRACE_MS,
      publicUrl: 'http://relay',
    })
    this.relay.attach(link, resume?.receivedBytes ?? 0)
  }

  #session(): Session {
    const ignore = () => {}
    return new Session({
      role: 'opener',
      clock: this.clock,
      limits: DEFAULT_LIMITS,
      handlers: {
        opened: ignore,
        announced: ignore,
        credential: ignore,
        goaway: ignore,
        detached: ignore,
        lost: ignore,
        idle: ignore,
        measured: ignore,
      },
    })
  }
}

async function online(): Promise<Scene> {
  const scene = new Scene()
  scene.supervisor.send({ type: 'start', hasCredential: true })
  await scene.settle()
  expect(scene.supervisor.state.kind).toBe('online')
  return scene
}

test('a reconnect that never succeeds ends the streams after the grace period', async () => {
  const scene = await online()
  scene.relay.open(Buffer.from('head'))
  await scene.settle()
  const [stream] = scene.streams
  const recorder = new Recorder(stream!)
  scene.answers = false
  scene.supervisor.send({ type: 'paused', cause: 'suspended' })
  await scene.settle()
  scene.clock.advance(GRACE_MS - 1)
  expect(recorder.resetCode).toBeUndefined()
  scene.clock.advance(1)
  expect(recorder.resetCode).toBe('SESSION_LOST')
})

test('an attempt that is overtaken during its handshake leaves no carrier and no timer behind', async () => {
  const scene = await online()
  scene.answers = false
  scene.supervisor.send({ type: 'reconnect' })
  await scene.settle()
  expect(scene.hellos).toHaveLength(2)
  scene.answers = true
  scene.supervisor.send({ type: 'reconnect' })
  await scene.settle()
  expect(scene.wires.map(({ alive }) => alive)).toEqual([false, false, true])
  expect(scene.supervisor.state).toMatchObject({ kind: 'online' })
  scene.clock.advance(DEFAULT_LIMITS.handshakeTimeoutMs)
  expect(scene.supervisor.state).toMatchObject({ kind: 'online' })
})

test('streams of the old tunnel continue after GOAWAY while the new one is dialled', async () => {
  const scene = await online()
  const recorder = new Recorder(scene.relay.open(Buffer.from('head')))
  await scene.settle()
  scene.answers = false
  scene.relay.goaway('{"reason":"stopping"}')
  await scene.settle()
  expect(scene.wires).toHaveLength(2)
  const [stream] = scene.streams
  const atBridge = new Recorder(stream!)
  recorder.stream.write(Buffer.from('more of the body'))
  await scene.settle()
  expect(atBridge.bytes.toString()).toBe('more of the body')
})
