import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ReplayBuffer } from './replay-buffer.ts'

it('stores many small chunks in a few buffers', () => {
  const replay = new ReplayBuffer()
  for (let i = 0; i < 10_000; i++) replay.push(Buffer.alloc(9, i))
  expect(replay.unacked().length).toBeLessThan(10)
})

it('contains exactly the unacknowledged bytes, wherever the peer stopped', () => {
  const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9_000 })))
  fc.assert(
    fc.property(lengths, fc.array(fc.nat(9_000)), (pieces, acks) => {
      const replay = new ReplayBuffer()
      let sent = Buffer.alloc(0)
      let acked = 0
      for (const [i, length] of pieces.entries()) {
        const piece = Buffer.from(Array.from({ length }, (_, at) => (at + i) % 251))
        replay.push(piece)
        sent = Buffer.concat([sent, piece])
        acked = Math.min(sent.length, acked + (acks[i] ?? 0))
        expect(replay.ack(acked)).toBe(true)
        expect(Buffer.concat(replay.unacked()).equals(sent.subarray(acked))).toBe(true)
      }
      expect(replay.ack(sent.length + 1)).toBe(false)
    }),
  )
})
