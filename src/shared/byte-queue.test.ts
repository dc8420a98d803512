import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyMemory } from './body-memory.ts'
import { ByteQueue } from './byte-queue.ts'
import { AppError } from './errors.ts'

const KIB = 1024

/** Bytes that differ from their neighbours, so a mix-up is visible. */
function piece(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (from + i) % 251)
}

function shiftAll(queue: ByteQueue): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let bytes = queue.shift(); bytes !== undefined; bytes = queue.shift()) pieces.push(bytes)
  return pieces
}

describe('the memory of a queue', () => {
  it.each([
    ['one byte per chunk', [1]],
    ['pieces just below the limit for copies', [4 * KIB - 1]],
    ['single bytes between large pieces', [1, 4 * KIB]],
    ['a few bytes and one large piece in turn', [...Array<number>(600).fill(1), 4 * KIB]],
  ])('depends on the bytes, not on the number of chunks: %s', (_name, lengths) => {
    const queue = new ByteQueue()
    for (let i = 0; queue.bytes < 512 * KIB; i++) queue.push(new Uint8Array(lengths[i % lengths.length]!))
    expect(queue.heldBytes).toBeLessThan(2.1 * queue.bytes)
    expect(queue.pieces).toBeLessThan(queue.bytes / KIB)
  })

  it('is small for a single byte', () => {
    const queue = new ByteQueue()
    queue.push(piece(1))
    expect(queue.heldBytes).toBeLessThanOrEqual(512)
  })

  it('does not retain the message that contained a chunk', () => {
    const queue = new ByteQueue()
    const message = new Uint8Array(1024 * KIB)
    for (const length of [10, 5 * KIB]) queue.push(message.subarray(0, length))
    for (const bytes of shiftAll(queue)) expect(bytes.buffer.byteLength).toBeLessThan(6 * KIB)
  })

  it('keeps a large chunk without copying it', () => {
    const queue = new ByteQueue()
    const large = piece(64 * KIB)
    queue.push(large)
    expect(queue.takeAll()).toBe(large)
  })

  it('is released for bytes that were consumed', () => {
    const queue = new ByteQueue()
    for (let i = 0; i < 10_000; i++) {
      queue.push(piece(100))
      if (i > 10) queue.shift(100)
    }
    expect(queue.pieces).toBeLessThan(40)
    expect(queue.heldBytes).toBeLessThan(80 * KIB)
  })
})

it('reads from any offset, regardless of chunk boundaries and consumed bytes', () => {
  const lengths = fc.array(fc.oneof(fc.nat(20), fc.nat(12 * KIB)), { maxLength: 30 })
  fc.assert(
    fc.property(
      lengths,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(20_000),
      (pieces, at, shifted) => {
        const queue = new ByteQueue()
        const pushed = pieces.map((length, i) => piece(length, i * 7))
        for (const bytes of pushed) queue.push(bytes)
        let left = Buffer.concat(pushed)
        left = left.subarray(queue.shift(shifted)?.length ?? 0)
        const from = Math.floor(at * left.length)
        const seen: Uint8Array[] = []
        let offset = from
        for (let bytes = queue.peekFrom(offset); bytes !== undefined; bytes = queue.peekFrom(offset)) {
          seen.push(bytes)
          offset += bytes.length
        }
        expect(Buffer.concat(seen).equals(left.subarray(from))).toBe(true)
      },
    ),
  )
})

it('returns the same bytes in order, regardless of chunk boundaries', () => {
  const step = fc.oneof(
    fc.record({ push: fc.oneof(fc.nat(20), fc.nat(12 * KIB)) }),
    fc.record({ shift: fc.oneof(fc.integer({ min: 1, max: 6 * KIB }), fc.constant(Infinity)) }),
    fc.record({ takeAll: fc.constant(true) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ByteQueue()
      const taken: Uint8Array[] = []
      let pushed = 0
      for (const it of steps) {
        if ('push' in it) queue.push(piece(it.push, pushed))
        if ('push' in it) pushed += it.push
        if ('shift' in it) taken.push(queue.shift(it.shift) ?? new Uint8Array())
        if ('takeAll' in it) taken.push(queue.takeAll())
      }
      taken.push(...shiftAll(queue))
      // Previously returned bytes must not have been overwritten.
      expect(Buffer.concat(taken).equals(piece(pushed))).toBe(true)
      expect([queue.bytes, queue.heldBytes, queue.pieces]).toEqual([0, 0, 0])
    }),
  )
})

describe('a queue with limits', () => {
  it('accepts exactly its limit, and refuses the next byte with BODY_TOO_LARGE', () => {
    const queue = new ByteQueue({ maxBytes: 10 })
    queue.push(piece(10))
    expect(() => queue.push(piece(1))).toThrow(expect.objectContaining({ code: 'BODY_TOO_LARGE' }))
    expect(queue.bytes).toBe(10)
  })

  it('stores no part of a chunk that exceeds its allowance', () => {
    const memory = new BodyMemory({ maxOwnerBytes: 1024, maxTotalBytes: 1024 })
    const queue = new ByteQueue({ allowance: memory.open('a') })
    queue.push(piece(300))
    queue.push(piece(200, 300))
    for (const length of [1000, 5000]) expect(() => queue.push(piece(length))).toThrow(AppError)
    expect(Buffer.from(queue.takeAll()).equals(piece(500))).toBe(true)
  })

  it('reserves exactly what it stores, and nothing once it is empty', () => {
    const step = fc.oneof(
      fc.record({ push: fc.oneof(fc.nat(20), fc.nat(12 * KIB)) }),
      fc.record({ shift: fc.integer({ min: 1, max: 6 * KIB }) }),
      fc.record({ takeAll: fc.constant(true) }),
      fc.record({ clear: fc.constant(true) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new BodyMemory({ maxOwnerBytes: 40 * KIB, maxTotalBytes: 40 * KIB })
        const allowance = memory.open('a')
        const queue = new ByteQueue({ allowance, maxBytes: 30 * KIB })
        for (const it of steps) {
          try {
            if ('push' in it) queue.push(piece(it.push))
            if ('shift' in it) queue.shift(it.shift)
            if ('takeAll' in it) allowance.giveBack(queue.takeAll().length)
            if ('clear' in it) queue.clear()
          } catch (cause) {
            expect(cause).toBeInstanceOf(AppError)
          }
          expect(memory.takenBytes).toBe(queue.heldBytes)
        }
        queue.clear()
        expect(memory.takenBytes).toBe(0)
      }),
    )
  })
})
