import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BodyMemory } from '../shared/body-memory.ts'
import { AppError } from '../shared/errors.ts'
import { SessionPair, type Recorder } from './session-pair.test-support.ts'

const KIB = 1024
const INITIAL_BYTES = 4 * KIB
const LIMITS = { initialWindowBytes: INITIAL_BYTES, maxWindowBytes: 64 * KIB, maxQueuedBytes: 256 * KIB }
const BUDGET = { maxOwnerBytes: 100 * KIB, maxTotalBytes: 150 * KIB }

/** The relay's end, which buffers received bytes until told to release them. */
interface Reader {
  readonly pair: SessionPair
  readonly client: Recorder
  heldBytes: number
}

function open(pair: SessionPair): Reader {
  const client = pair.open()
  client.autoRelease = false
  pair.settle()
  const reader = { pair, client, heldBytes: 0 }
  client.data = (chunk) => void (reader.heldBytes += chunk.length)
  return reader
}

function serverOf({ pair, client }: Reader): Recorder | undefined {
  return pair.accepted.find(({ stream }) => stream.id === client.stream.id)
}

function release(reader: Reader, bytes = reader.heldBytes): void {
  const due = Math.min(bytes, reader.heldBytes)
  reader.heldBytes -= due
  reader.client.stream.release(due)
}

/** Reads fast for a while, then stops. */
function readFast(reader: Reader): void {
  for (let i = 0; i < 20; i++) {
    serverOf(reader)?.stream.write(new Uint8Array(64 * KIB))
    reader.pair.settle()
    while (reader.heldBytes > 0) {
      release(reader)
      reader.pair.settle()
    }
  }
}

/** Fills the available window. */
function fill(reader: Reader): void {
  serverOf(reader)?.stream.write(new Uint8Array(128 * KIB))
  reader.pair.settle()
}

it('grows within the shared budget of all tunnels, and stops growing when that is exhausted', () => {
  const memory = new BodyMemory(BUDGET)
  const pairs = Array.from({ length: 3 }, () => new SessionPair(LIMITS, undefined, memory.open('owner')))
  const readers = pairs.flatMap((pair) => [open(pair), open(pair)])
  for (const reader of readers) readFast(reader)
  for (const reader of readers) fill(reader)
  const heldBytes = readers.reduce((sum, reader) => sum + reader.heldBytes, 0)
  expect(heldBytes).toBeGreaterThan(BUDGET.maxOwnerBytes / 2)
  expect(heldBytes).toBeLessThanOrEqual(BUDGET.maxOwnerBytes + readers.length * INITIAL_BYTES)
  const last = readers.at(-1)!
  serverOf(last)?.stream.end()
  for (let i = 0; i < 1000 && !last.client.ended; i++) {
    release(last)
    last.pair.settle()
  }
  expect(last.client.ended).toBe(true)
  expect(last.client.resetCode).toBeUndefined()
})

it('counts received data until it is read, even after the stream has ended', () => {
  const memory = new BodyMemory(BUDGET)
  const pair = new SessionPair(LIMITS, undefined, memory.open('owner'))
  const reader = open(pair)
  readFast(reader)
  serverOf(reader)?.stream.write(new Uint8Array(50 * KIB))
  serverOf(reader)?.stream.end()
  reader.client.stream.end()
  pair.settle()
  expect(reader.client.stream.closed).toBe(true)
  expect(reader.heldBytes).toBeGreaterThan(40 * KIB)
  expect(memory.takenBytes).toBe(reader.heldBytes)
  release(reader, 30 * KIB)
  expect(memory.takenBytes).toBe(reader.heldBytes)
  release(reader)
  expect(memory.takenBytes).toBe(0)
})

it('reserves budget as it grows, and always returns it', () => {
  const at = fc.nat(8)
  const act = fc.oneof(
    fc.record({ open: fc.nat(2) }),
    fc.record({ readFast: at }),
    fc.record({ fill: at }),
    fc.record({ release: at, bytes: fc.nat(64 * KIB) }),
    fc.record({ end: at, of: fc.constantFrom('client', 'server') }),
    fc.record({ reset: at, of: fc.constantFrom('client', 'server') }),
    fc.record({ cut: fc.nat(2) }),
    fc.record({ destroy: fc.nat(2) }),
  )
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const memory = new BodyMemory(BUDGET)
      const owners = ['a', 'a', 'b']
      const pairs = owners.map((owner) => new SessionPair(LIMITS, undefined, memory.open(owner)))
      const readers: Reader[] = []
      const endOf = (index: number, of: string): Recorder | undefined => {
        const reader = readers[index]
        return reader && (of === 'client' ? reader.client : serverOf(reader))
      }
      const perform = (it: (typeof acts)[number]): void => {
        if ('open' in it && !pairs[it.open]!.relay.isOver) readers.push(open(pairs[it.open]!))
        if ('readFast' in it && readers[it.readFast]) readFast(readers[it.readFast]!)
        if ('fill' in it && readers[it.fill]) fill(readers[it.fill]!)
        if ('release' in it && readers[it.release]) release(readers[it.release]!, it.bytes)
        if ('end' in it) endOf(it.end, it.of)?.stream.end()
        if ('reset' in it) endOf(it.reset, it.of)?.stream.reset('CANCELLED')
        if ('cut' in it) pairs[it.cut]!.wire.cut()
        if ('destroy' in it) pairs[it.destroy]!.relay.destroy(new AppError('REPLACED'))
      }
      for (const it of acts) {
        perform(it)
        for (const pair of pairs) pair.settle()
        const grownBytes = readers.map(({ heldBytes }) => Math.max(0, heldBytes - INITIAL_BYTES))
        expect(memory.takenBytes).toBeGreaterThanOrEqual(grownBytes.reduce((sum, bytes) => sum + bytes, 0))
      }
      for (const reader of readers) reader.client.stream.reset('CANCELLED')
      for (const reader of readers) release(reader)
      expect([memory.takenBytes, memory.ownerCount]).toEqual([0, 0])
    }),
    { numRuns: 60 },
  )
})
