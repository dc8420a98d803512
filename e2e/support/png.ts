import { inflateSync } from 'node:zlib'

/** A decoded image: RGBA, one byte each, row by row. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

const RGBA = 4

/** Reads the kind of PNG that a browser writes: 8 bits, RGBA, not interlaced. */
export function parsePng(png: Buffer): Picture {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const [depth, colour, , , interlaced] = png.subarray(24, 29)
  if (depth !== 8 || colour !== 6 || interlaced !== 0) throw new Error('Not a PNG of 8-bit RGBA')
  const lines = inflateSync(Buffer.concat(chunksOf(png, 'IDAT')))
  const stride = width * RGBA
  const pixels = new Uint8Array(height * stride)
  for (let row = 0; row < height; row++) {
    const filter = lines[row * (stride + 1)]
    for (let at = 0; at < stride; at++) {
      const left = at < RGBA ? 0 : pixels[row * stride + at - RGBA]!
      const up = row === 0 ? 0 : pixels[(row - 1) * stride + at]!
      const corner = row === 0 || at < RGBA ? 0 : pixels[(row - 1) * stride + at - RGBA]!
      const byte = lines[row * (stride + 1) + 1 + at]!
      pixels[row * stride + at] = byte + predictionOf(filter, left, up, corner)
    }
  }
  return { width, height, pixels }
}

function chunksOf(png: Buffer, type: string): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === type) {
      chunks.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
    }
  }
  return chunks
}

/** The five filters of the PNG specification, section 9. */
function predictionOf(filter: number | undefined, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter === 4) return paeth(left, up, corner)
  return 0
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [toLeft, toUp, toCorner] = [guess - left, guess - up, guess - corner].map(Math.abs) as [
    number,
    number,
    number,
  ]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
