import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../shared/errors.ts'
import { encodeAck, encodeFrame, encodeReset, encodeWindow, FRAME } from './frame.ts'
import { FakeClock } from './fake-clock.test-support.ts'
import { Link, MAX_MESSAGE_FRAMES } from './link.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { Outbox } from './outbox.ts'
import { SessionPair } from './session-pair.test-support.ts'
import { SimulatedWire, type WireOptions } from './simulated-carrier.test-support.ts'

const KIB = 1024

function filled(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + seed * 7 + (i >> 8)) & 0xff
  return bytes
}

describe('a stream', () => {
  it('carries messages and data in both directions, in order, and ends on both sides', () => {
    const pair = new SessionPair()
    const client = pair.open('GET /')
    client.stream.write(Buffer.from('question'))
    client.stream.end()
    pair.settle()
    const server = pair.accepted[0]!
    server.stream.message(Buffer.from('accepted'))
    server.stream.write(Buffer.from('ans'))
    server.stream.message(Buffer.from('between'))
    server.stream.write(Buffer.from('wer'))
    server.stream.end()
    pair.settle()

    expect(server.bytes.toString()).toBe('question')
    expect(server.ended).toBe(true)
    expect(client.messages).toEqual(['accepted', 'between'])
    expect(client.bytes.toString()).toBe('answer')
    expect(client.ended).toBe(true)
    expect([pair.relay.streamCount, pair.bridge.streamCount]).toEqual([0, 0])
    expect(pair.events).toContain('relay idle')
  })

  it('is reset immediately, ahead of queued data', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    const server = pair.accepted[0]!
    server.stream.write(filled(200 * KIB))
    client.stream.reset('CANCELLED', 'client went away')
    pair.settle()
    expect(server.resetCode).toBe('CANCELLED')
    expect(client.resetCode).toBeUndefined()
    expect([pair.relay.streamCount, pair.bridge.streamCount]).toEqual([0, 0])
  })

  it('does nothing once it is closed', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    client.stream.reset('CANCELLED')
    expect(client.stream.write(Buffer.from('x'))).toBe(true)
    client.stream.end()
    client.stream.message(Buffer.from('x'))
    client.stream.release(10)
    client.stream.reset('INTERNAL')
    pair.settle()
    expect(pair.accepted[0]!.resetCode).toBe('CANCELLED')
  })

  it('is refused above the limit, at both ends', () => {
    const pair = new SessionPair({ maxStreams: 2 })
    pair.open()
    pair.open()
    expect(() => pair.open()).toThrow(/Too many requests at once/)
  })
})

describe('credit', () => {
  it('pauses a stream with a slow reader, notifies its writer, and does not delay others', () => {
    const pair = new SessionPair()
    const slow = pair.open('slow')
    const quick = pair.open('quick')
    slow.autoRelease = false
    pair.settle()
    const [slowServer, quickServer] = pair.accepted
    let accepted = 0
    while (slowServer!.stream.write(filled(64 * KIB))) accepted += 64 * KIB
    pair.settle()
    while (slowServer!.stream.write(filled(64 * KIB))) accepted += 64 * KIB
    pair.settle()
    quickServer!.stream.write(Buffer.from('token'))
    pair.settle()

    expect(quick.bytes.toString()).toBe('token')
    expect(slow.bytes.length).toBe(DEFAULT_LIMITS.initialWindowBytes)
    expect(accepted).toBeLessThan(1024 * KIB)
    expect(slowServer!.stream.write(Buffer.from('x'))).toBe(false)

    slow.autoRelease = true
    slow.stream.release(slow.bytes.length)
    pair.settle()
    expect(slowServer!.drains).toBeGreaterThan(0)
    expect(slow.bytes.length).toBeGreaterThan(DEFAULT_LIMITS.initialWindowBytes)
  })

  it('bounds the memory of a slow reader: small chunks do not retain their messages', () => {
    const pair = new SessionPair()
    const [bulk, slow] = [pair.open('bulk'), pair.open('slow')]
    const held: Uint8Array[] = []
    slow.data = (chunk) => void held.push(chunk)
    pair.settle()
    pair.accepted[0]!.stream.write(filled(64 * KIB))
    pair.accepted[1]!.stream.write(Buffer.from('token'))
    pair.settle()
    expect(bulk.bytes).toHaveLength(64 * KIB)
    expect(held.map((chunk) => Buffer.from(chunk).toString())).toEqual(['token'])
    expect(held[0]!.buffer.byteLength).toBe('token'.length)
  })

  it('grows while the reader keeps up, up to its limit and the tunnel’s total', () => {
    const pair = new SessionPair({ maxTunnelWindowBytes: 1024 * KIB, maxWindowBytes: 8192 * KIB })
    const client = pair.open()
    pair.settle()
    const server = pair.accepted[0]!
    for (let i = 0; i < 100; i++) {
      server.stream.write(filled(128 * KIB))
      pair.settle()
    }
    client.autoRelease = false
    const before = client.bytes.length
    for (let i = 0; i < 100; i++) {
      server.stream.write(filled(128 * KIB))
      pair.settle()
    }
    expect(client.bytes.length - before).toBeGreaterThan(512 * KIB)
    expect(client.bytes.length - before).toBeLessThanOrEqual(1024 * KIB)
  })

  it('resets a stream whose peer sends more than its credit', () => {
    const pair = new SessionPair()
    const client = pair.open()
    client.autoRelease = false
    pair.settle()
    for (let i = 0; i < 5; i++) pair.wire.b.send(encodeFrame(FRAME.DATA, 1, filled(64 * KIB)))
    pair.clock.settle()
    expect(client.resetCode).toBe('FLOW_ERROR')
    expect(pair.relay.isOver).toBe(false)
  })

  it('cannot overflow', () => {
    const pair = new SessionPair()
    pair.open()
    pair.settle()
    pair.wire.a.send(encodeWindow(1, 0xffff_ffff))
    pair.settle()
    expect(pair.accepted[0]!.resetCode).toBe('FLOW_ERROR')
  })
})

describe('scheduling', () => {
  it('sends what is ready in one tick as one message', () => {
    const pair = new SessionPair()
    pair.settle()
    const sent: Buffer[] = []
    const send = pair.wire.a.send.bind(pair.wire.a)
    pair.wire.a.send = (bytes) => {
      sent.push(bytes)
      send(bytes)
    }
    for (let i = 0; i < 20; i++) pair.open().stream.write(Buffer.from('token'))
    pair.settle()
    expect(sent).toHaveLength(1)
  })

  it('gives each ready stream a slice in turn, so a bulk transfer delays a token by at most one slice', () => {
    const pair = new SessionPair()
    const order: number[] = []
    pair.onOpened = (stream) => {
      stream.attach({
        message() {},
        data: (chunk) => {
          order.push(stream.id)
          stream.release(chunk.length)
        },
        end() {},
        reset() {},
        drain() {},
      })
    }
    const bulk = pair.open('bulk')
    const token = pair.open('token')
    pair.settle()
    bulk.stream.write(filled(250 * KIB))
    token.stream.write(Buffer.from('t'))
    pair.settle()
    expect(order.slice(0, 2)).toEqual([1, 2])
  })

  it('sends control frames ahead of queued bodies', () => {
    const pair = new SessionPair()
    const bulk = pair.open('bulk')
    pair.settle()
    pair.wire.a.frozen = true
    for (let i = 0; i < 8; i++) {
      bulk.stream.write(filled(64 * KIB))
      pair.clock.settle()
    }
    expect(pair.wire.a.bufferedBytes).toBeLessThan(400 * KIB)
    const before = pair.wire.a.bufferedBytes
    bulk.stream.reset('CANCELLED')
    pair.clock.settle()
    expect(pair.wire.a.bufferedBytes).toBeGreaterThan(before)
    pair.wire.a.thaw()
    pair.settle()
    expect(pair.accepted[0]!.resetCode).toBe('CANCELLED')
  })
})

/** A short exchange with every kind of frame; returns the expected final state of each side. */
function converse(pair: SessionPair): void {
  const first = pair.open('first')
  const second = pair.open('second')
  first.stream.write(filled(700, 1))
  first.stream.end()
  second.stream.write(filled(300, 2))
  pair.settle()
  const [one, two] = pair.accepted
  one!.stream.message(Buffer.from('one'))
  one!.stream.write(filled(900, 3))
  pair.settle()
  one!.stream.end()
  two!.stream.write(filled(50, 4))
  second.stream.end()
  pair.settle()
  two!.stream.end()
  pair.settle()

  expect(one!.bytes.equals(filled(700, 1))).toBe(true)
  expect(two!.bytes.equals(filled(300, 2))).toBe(true)
  expect(first.messages).toEqual(['one'])
  expect(first.bytes.equals(filled(900, 3))).toBe(true)
  expect(second.bytes.equals(filled(50, 4))).toBe(true)
  expect([first.ended, second.ended, one!.ended, two!.ended]).toEqual([true, true, true, true])
}

/** Asserts that a finished exchange leaves nothing behind. */
function expectNoLeak(pair: SessionPair): void {
  pair.clock.advance(1_000)
  pair.settle()
  expect([pair.relay.streamCount, pair.bridge.streamCount]).toEqual([0, 0])
  expect([pair.relay.unackedBytes, pair.bridge.unackedBytes]).toEqual([0, 0])
  // One liveness timer at each end.
  expect(pair.clock.pendingTimers).toBe(2)
}

describe('a session', () => {
  it.each(['a', 'b'] as const)('survives a cut at every byte from end %s', (from) => {
    const whole = new SessionPair()
    converse(whole)
    const total = from === 'a' ? whole.wire.a.deliveredBytes : whole.wire.b.deliveredBytes
    expect(total).toBeGreaterThan(900)
    for (let bytes = 0; bytes <= total; bytes++) {
      const pair = new SessionPair({}, { cutAfter: { from, bytes } })
      converse(pair)
      expectNoLeak(pair)
    }
  })

  it('loses, duplicates and reorders nothing over any number of disconnects', () => {
    const cut = fc.record({ from: fc.constantFrom('a' as const, 'b' as const), bytes: fc.nat(90_000) })
    const run = fc.record({
      cuts: fc.array(cut, { maxLength: 12 }),
      pieceBytes: fc.integer({ min: 1, max: 5_000 }),
      writes: fc.array(fc.record({ stream: fc.nat(3), bytes: fc.nat(40_000), up: fc.boolean() }), {
        maxLength: 30,
      }),
    })
    fc.assert(
      fc.property(run, ({ cuts, pieceBytes, writes }) => {
        const split = (bytes: Buffer) => {
          const pieces: Buffer[] = []
          for (let at = 0; at < bytes.length; at += pieceBytes)
            pieces.push(bytes.subarray(at, at + pieceBytes))
          return pieces
        }
        const wires: WireOptions[] = cuts.map((cutAfter) => ({ cutAfter, split }))
        const pair = new SessionPair({}, wires.shift())
        const settle = () => {
          pair.clock.settle()
          while (!pair.wire.alive) {
            pair.connect(wires.shift() ?? { split })
            pair.clock.settle()
          }
        }
        const clients = [0, 1, 2, 3].map(() => pair.open())
        settle()
        const expected = new Map<string, Buffer[]>()
        writes.forEach(({ stream, bytes, up }, index) => {
          const body = filled(bytes, index)
          const writer = up ? clients[stream]! : pair.accepted[stream]!
          writer.stream.write(body)
          const key = `${up} ${stream}`
          expected.set(key, [...(expected.get(key) ?? []), body])
          if (index % 3 === 0) settle()
        })
        for (const one of [...clients, ...pair.accepted]) one.stream.end()
        settle()
        clients.forEach((client, index) => {
          const server = pair.accepted[index]!
          expect(client.bytes.equals(Buffer.concat(expected.get(`false ${index}`) ?? []))).toBe(true)
          expect(server.bytes.equals(Buffer.concat(expected.get(`true ${index}`) ?? []))).toBe(true)
          expect(client.ended && server.ended).toBe(true)
        })
        pair.clock.advance(1_000)
        settle()
        expect([pair.relay.streamCount, pair.bridge.streamCount]).toEqual([0, 0])
      }),
      { numRuns: 150 },
    )
  })

  it('buffers writes while there is no carrier, and sends them on the next', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    pair.wire.cut()
    client.stream.write(Buffer.from('offline'))
    const late = pair.open('late')
    late.stream.write(Buffer.from('too'))
    pair.clock.advance(60_000)
    pair.connect()
    pair.settle()
    expect(pair.accepted.map((one) => one.bytes.toString())).toEqual(['offline', 'too'])
  })

  it('ends every stream, at both ends, after the grace period', () => {
    const pair = new SessionPair({ graceMs: 120_000 })
    const client = pair.open()
    pair.settle()
    pair.wire.cut()
    pair.clock.advance(119_999)
    expect(client.resetCode).toBeUndefined()
    pair.clock.advance(1)
    expect(client.resetCode).toBe('SESSION_LOST')
    expect(pair.accepted[0]!.resetCode).toBe('SESSION_LOST')
    expect(pair.events).toContain('relay lost TUNNEL_LOST')
    expect(pair.clock.pendingTimers).toBe(0)
  })

  it('counts as idle only once the last stream’s last piece was sent', () => {
    const pair = new SessionPair()
    pair.onIdle = () => pair.bridge.destroy(new AppError('DRAINING'))
    const client = pair.open()
    client.stream.end()
    pair.settle()
    pair.accepted[0]?.stream.write(Buffer.from('the last piece'))
    pair.accepted[0]?.stream.end()
    pair.clock.settle()
    expect(client.bytes.toString()).toBe('the last piece')
    expect(client.ended).toBe(true)
  })

  it('does not wait for a bridge that has ended its session', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    pair.bridge.destroy(new AppError('BRIDGE_STOPPED'))
    pair.clock.settle()
    expect(client.resetCode).toBe('SESSION_LOST')
    expect(pair.events).toContain('relay lost BRIDGE_STOPPED')
    expect(pair.clock.pendingTimers).toBe(0)
  })

  it('stops sending bodies, but not control frames, while too much is unacknowledged', () => {
    const pair = new SessionPair({ maxReplayBytes: 100 * KIB })
    const client = pair.open()
    pair.settle()
    pair.wire.b.frozen = true
    for (let i = 0; i < 10; i++) {
      client.stream.write(filled(64 * KIB))
      pair.clock.settle()
    }
    expect(pair.relay.unackedBytes).toBeLessThan(300 * KIB)
    expect(pair.accepted[0]!.bytes.length).toBeLessThan(300 * KIB)
    pair.wire.b.thaw()
    pair.settle()
    client.stream.end()
    pair.settle()
    expect(pair.accepted[0]!.bytes.length).toBe(640 * KIB)
  })

  it('switches to a newer carrier immediately, and ignores later frames of the old one', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    const old = pair.wire
    pair.connect()
    pair.settle()
    expect(old.alive).toBe(false)
    expect(pair.events.filter((event) => event.includes('detached'))).toEqual([])
    client.stream.write(Buffer.from('on the new one'))
    pair.settle()
    expect(pair.accepted[0]!.bytes.toString()).toBe('on the new one')
  })

  it('delivers announcements, credentials and GOAWAY, also across a disconnect', () => {
    const pair = new SessionPair()
    pair.bridge.announce('{"models":[]}')
    pair.relay.sendCredential('fresh')
    pair.wire.cut()
    pair.settle()
    pair.relay.goaway('{"reason":"deploy"}')
    pair.settle()
    expect(pair.events).toEqual(
      expect.arrayContaining([
        'relay announced {"models":[]}',
        'bridge credential fresh',
        'bridge goaway {"reason":"deploy"}',
      ]),
    )
  })

  it('ends if the peer acknowledges bytes that were never sent', () => {
    const pair = new SessionPair()
    pair.settle()
    pair.wire.b.send(encodeAck(1_000_000))
    pair.settle()
    expect(pair.events).toContain('relay lost PROTOCOL_ERROR')
    expect(pair.relay.canResumeFrom(0)).toBe(false)
  })

  it('ends if the peer opens streams out of order', () => {
    const pair = new SessionPair()
    pair.settle()
    pair.wire.b.send(encodeFrame(FRAME.OPEN, 7))
    pair.clock.settle()
    expect(pair.events).toContain('relay lost PROTOCOL_ERROR')
  })

  it('ends if the peer refers to a stream that never existed, but not to one that has closed', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    client.stream.reset('CANCELLED')
    pair.settle()
    pair.wire.b.send(encodeReset(1, 0, 'late'))
    pair.settle()
    expect(pair.relay.isOver).toBe(false)
    pair.wire.b.send(encodeReset(9, 0, 'never'))
    pair.clock.settle()
    expect(pair.relay.isOver).toBe(true)
  })

  it('opens no more streams to a peer that acknowledges none, however many were cancelled', () => {
    const pair = new SessionPair()
    pair.settle()
    pair.wire.b.frozen = true
    pair.wire.a.frozen = true
    const openAndGiveUp = (): void => {
      pair.open('h'.repeat(60 * KIB)).stream.reset('CANCELLED')
      pair.clock.settle()
    }
    expect(() => {
      for (let i = 0; i < 1000; i++) openAndGiveUp()
    }).toThrow(expect.objectContaining({ code: 'TOO_MANY_STREAMS' }))
    expect(pair.relay.unackedBytes).toBeLessThan(17 * KIB * KIB)
  })

  it('skips unknown frames that are marked as skippable, and counts them', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    const before = pair.relay.receivedBytes
    pair.wire.b.send(encodeFrame(0x9f, 0, Buffer.from('future')))
    pair.wire.b.send(encodeFrame(0x9f, 77, Buffer.from('future')))
    pair.settle()
    expect(pair.relay.isOver).toBe(false)
    expect(pair.relay.receivedBytes).toBe(before + 28)
    expect(client.resetCode).toBeUndefined()
  })
})

describe('liveness', () => {
  it('drops an unresponsive carrier after three unanswered PINGs', () => {
    const pair = new SessionPair()
    pair.settle()
    pair.clock.advance(10_000)
    pair.wire.a.frozen = true
    pair.wire.b.frozen = true
    pair.clock.advance(40_000)
    expect(pair.events.filter((event) => event.includes('detached'))).toHaveLength(2)
  })

  it('treats any received data as a sign of life', () => {
    const pair = new SessionPair()
    const client = pair.open()
    pair.settle()
    // The relay's PINGs are lost, but the bridge keeps sending.
    const send = pair.wire.a.send.bind(pair.wire.a)
    pair.wire.a.send = (bytes) => {
      if (bytes[0] !== FRAME.PING) send(bytes)
    }
    for (let i = 0; i < 30; i++) {
      pair.accepted[0]!.stream.write(Buffer.from('.'))
      pair.clock.advance(2_000)
    }
    expect(client.bytes.length).toBe(30)
    expect(pair.events).not.toContain('relay detached 1006')
  })

  it('measures the round trip', () => {
    const pair = new SessionPair()
    pair.settle()
    expect(pair.events).toContain('bridge measured')
    pair.clock.advance(31_000)
    expect(pair.events).toContain('relay measured')
  })
})

describe('garbage', () => {
  it('ends only the carrier, whatever bytes arrive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, toRelay) => {
        const pair = new SessionPair()
        pair.open()
        pair.settle()
        ;(toRelay ? pair.wire.b : pair.wire.a).send(Buffer.from(bytes))
        pair.clock.settle()
        pair.clock.advance(200_000)
        expect(pair.clock.pendingTimers).toBeLessThanOrEqual(2)
      }),
      { numRuns: 500 },
    )
  })

  it('survives valid frames in any order', () => {
    const frame = fc.record({
      type: fc.constantFrom(...Object.values(FRAME)),
      id: fc.nat(4),
      payload: fc.uint8Array({ maxLength: 20 }),
    })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
        const pair = new SessionPair()
        pair.open()
        pair.settle()
        for (const { type, id, payload } of frames) pair.wire.a.send(encodeFrame(type, id, payload))
        pair.clock.settle()
        pair.clock.advance(300_000)
        expect(pair.bridge.streamCount).toBeLessThanOrEqual(5)
      }),
      { numRuns: 300 },
    )
  })

  it('with a frame larger than allowed is refused before its payload arrives', () => {
    const pair = new SessionPair()
    pair.settle()
    const header = encodeFrame(FRAME.DATA, 1)
    header.writeUInt32BE(((FRAME.DATA << 24) | 0xffffff) >>> 0, 0)
    const wire = new SimulatedWire(pair.clock)
    let closedWith = 0
    const link = new Link(wire.a, DEFAULT_LIMITS)
    link.use({ frame() {}, drain() {}, closed: (code) => (closedWith = code) })
    wire.b.attach({ bytes: () => 0, drain() {}, closed() {} })
    wire.b.send(header)
    pair.clock.settle()
    expect(closedWith).toBe(4413)
  })

  it.each([
    [MAX_MESSAGE_FRAMES, undefined],
    [MAX_MESSAGE_FRAMES + 1, 4400],
  ])('of %i frames in one message closes the carrier with %s', (count, code) => {
    const clock = new FakeClock()
    const wire = new SimulatedWire(clock)
    let closedWith: number | undefined
    new Link(wire.a, DEFAULT_LIMITS).use({ frame() {}, drain() {}, closed: (code) => (closedWith = code) })
    wire.b.attach({ bytes: () => 0, drain() {}, closed() {} })
    wire.b.send(Buffer.alloc(count * 16, encodeFrame(FRAME.PING, 0, Buffer.alloc(8))))
    clock.settle()
    expect(closedWith).toBe(code)
  })
})

it('splits many frames into messages that a receiver accepts', () => {
  const outbox = new Outbox(DEFAULT_LIMITS)
  for (let i = 0; i < 2 * MAX_MESSAGE_FRAMES; i++) outbox.pushControl(encodeWindow(1, 1))
  const counts: number[] = []
  while (!outbox.isEmpty) counts.push((outbox.take(undefined, true, () => {})?.length ?? 0) / 12)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2 * MAX_MESSAGE_FRAMES)
  expect(Math.max(...counts)).toBeLessThanOrEqual(MAX_MESSAGE_FRAMES)
})
