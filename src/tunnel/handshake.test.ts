import { describe, expect, it } from 'vitest'
import { FakeClock } from './fake-clock.test-support.ts'
import { encodeFrame, FRAME } from './frame.ts'
import { awaitHello, commonProtocol, greet, welcome, type Hello, type Welcome } from './handshake.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { Link } from './link.ts'
import { SimulatedWire } from './simulated-carrier.test-support.ts'

const HELLO: Hello = {
  protocols: [1],
  agent: 'test/1',
  deviceId: 'd1',
  deviceName: 'desk',
  instance: 'i1',
  attempt: 3,
  resume: { sessionId: 's1', ticket: 't1', receivedBytes: 42 },
}
const WELCOME: Welcome = {
  protocol: 1,
  sessionId: 's1',
  ticket: 't1',
  resumed: true,
  receivedBytes: 7,
  graceMs: 120_000,
  publicUrl: 'https://relay.example',
}

function ends() {
  const clock = new FakeClock()
  const wire = new SimulatedWire(clock)
  return { clock, wire, relay: new Link(wire.a, DEFAULT_LIMITS), bridge: new Link(wire.b, DEFAULT_LIMITS) }
}

describe('the handshake', () => {
  it('transfers HELLO and WELCOME unchanged', () => {
    const { clock, relay, bridge } = ends()
    const seen: unknown[] = []
    awaitHello(relay, clock, DEFAULT_LIMITS, (hello) => {
      seen.push(hello)
      welcome(relay, WELCOME)
    })
    greet(
      bridge,
      HELLO,
      clock,
      DEFAULT_LIMITS,
      (answer) => seen.push(answer),
      () => seen.push('failed'),
    )
    clock.settle()
    expect(seen).toEqual([HELLO, WELCOME])
    expect(clock.pendingTimers).toBe(0)
  })

  it('times out on a silent peer', () => {
    const { clock, relay, bridge, wire } = ends()
    const failures: number[] = []
    awaitHello(relay, clock, DEFAULT_LIMITS, () => failures.push(-1))
    greet(
      bridge,
      HELLO,
      clock,
      { ...DEFAULT_LIMITS, handshakeTimeoutMs: 5_000 },
      () => failures.push(-2),
      (code) => failures.push(code),
    )
    wire.b.frozen = true
    clock.advance(10_000)
    expect(failures).toEqual([4408])
    expect(wire.alive).toBe(false)
  })

  it.each([
    ['another frame', encodeFrame(FRAME.PING, 0, Buffer.alloc(8))],
    ['what is not JSON', encodeFrame(FRAME.HELLO, 0, Buffer.from('hello'))],
    [
      'a resume point without a ticket',
      encodeFrame(
        FRAME.HELLO,
        0,
        Buffer.from(
          '{"protocols":[1],"agent":"","deviceId":"","deviceName":"","instance":"","attempt":1,"resume":{"sessionId":"s"}}',
        ),
      ),
    ],
    [
      'a negative count',
      encodeFrame(
        FRAME.HELLO,
        0,
        Buffer.from(
          '{"protocols":[1],"agent":"","deviceId":"","deviceName":"","instance":"","attempt":1,"resume":{"sessionId":"s","ticket":"t","receivedBytes":-1}}',
        ),
      ),
    ],
  ])('refuses %s', (_, bytes) => {
    const { clock, relay, wire } = ends()
    let greeted = false
    let closedWith = 0
    wire.b.attach({ bytes: () => 0, drain() {}, closed: (code) => (closedWith = code) })
    awaitHello(relay, clock, DEFAULT_LIMITS, () => (greeted = true))
    wire.b.send(bytes)
    clock.settle()
    expect(greeted).toBe(false)
    expect(closedWith).toBe(4400)
  })

  it('selects the newest version that both ends support', () => {
    expect(commonProtocol([1, 2])).toBe(1)
    expect(commonProtocol([2])).toBeUndefined()
  })
})
