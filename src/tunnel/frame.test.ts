import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../shared/errors.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { encodeAck, encodeFrame, encodeReset, encodeWindow, FRAME, type Frame } from './frame.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import vectors from './golden-vectors.json' with { type: 'json' }

const BUILDERS: Record<string, () => Buffer> = {
  ack: () => encodeAck(4_294_967_301),
  ping: () => encodeFrame(FRAME.PING, 0, Buffer.from('0102030405060708', 'hex')),
  open: () => encodeFrame(FRAME.OPEN, 1, Buffer.from('{}')),
  message: () => encodeFrame(FRAME.MESSAGE, 1, Buffer.from('{"type":"accept"}')),
  data: () => encodeFrame(FRAME.DATA, 258, Buffer.from('token')),
  end: () => encodeFrame(FRAME.END, 1),
  reset: () => encodeReset(1, 0, 'gone'),
  window: () => encodeWindow(1, 131_072),
  goaway: () => encodeFrame(FRAME.GOAWAY, 0, Buffer.from('{}')),
}

function decode(pieces: Iterable<Buffer>): Frame[] {
  const frames: Frame[] = []
  const decoder = new FrameDecoder(DEFAULT_LIMITS)
  for (const piece of pieces)
    decoder.push(piece, (frame) => frames.push({ ...frame, payload: Buffer.from(frame.payload) }) > 0)
  return frames
}

describe('the wire format', () => {
  it.each(Object.entries(vectors))('encodes %s as specified', (name, hex) => {
    expect(BUILDERS[name]?.().toString('hex')).toBe(hex)
  })

  it('has a golden vector for every builder', () => {
    expect(Object.keys(vectors).sort()).toEqual(Object.keys(BUILDERS).sort())
  })

  it('decodes the same frames wherever the bytes are split', () => {
    const bytes = Buffer.concat(Object.values(BUILDERS).map((build) => build()))
    const whole = decode([bytes])
    expect(whole).toHaveLength(Object.keys(BUILDERS).length)
    for (let at = 0; at <= bytes.length; at++)
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
    expect(decode(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))).toEqual(whole)
  })

  it.each([
    ['an unknown type', '06000000' + '00000000'],
    ['a stream frame without a stream', '12000001' + '00000000' + '00'],
    ['a session frame with a stream', '04000008' + '00000001' + '0000000000000000'],
    ['an ACK of the wrong size', '03000004' + '00000000' + '00000000'],
    ['an END with a body', '13000001' + '00000001' + '00'],
    ['DATA of nothing', '12000000' + '00000001'],
    ['a RESET without a code', '14000001' + '00000001' + '00'],
    ['an OPEN larger than a message may be', '10010001' + '00000001'],
    ['a frame larger than a frame may be', '12ffffff' + '00000001'],
  ])('refuses %s', (_, hex) => {
    expect(() => decode([Buffer.from(hex, 'hex')])).toThrow(AppError)
  })

  it('decodes any bytes to frames or an error of the table, and buffers at most one frame', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (pieces) => {
        const decoder = new FrameDecoder(DEFAULT_LIMITS)
        try {
          for (const piece of pieces) decoder.push(Buffer.from(piece), () => true)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
        expect(decoder.bufferedBytes).toBeLessThanOrEqual(DEFAULT_LIMITS.maxFrameBytes + 8)
      }),
      { numRuns: 2_000 },
    )
  })
})
