/** A picture of an animation, in a canvas larger than itself. */
export interface WebpFrame {
  /** A still WebP file without transparency, as browsers encode it. */
  readonly file: Buffer
  /** Even, as the format requires. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly durationMs: number
}

const HEADER_BYTES = 12
const ANIMATION = 0x02
/** No blending: each frame replaces the pixels below it. */
const REPLACES = 0x02

/** An animation that repeats for ever (https://developers.google.com/speed/webp/docs/riff_container). */
export function animatedWebp(width: number, height: number, frames: readonly WebpFrame[]): Buffer {
  const canvas = Buffer.alloc(10)
  canvas.writeUInt8(ANIMATION)
  canvas.writeUIntLE(width - 1, 4, 3)
  canvas.writeUIntLE(height - 1, 7, 3)
  // Background colour and number of repetitions, 0 for no limit.
  const chunks = [chunk('VP8X', canvas), chunk('ANIM', Buffer.alloc(6)), ...frames.map(frameChunk)]
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks])
  return Buffer.concat([Buffer.from('RIFF'), sizeOf(body), body])
}

function frameChunk({ file, x, y, width, height, durationMs }: WebpFrame): Buffer {
  const head = Buffer.alloc(16)
  for (const [value, at] of [
    [x / 2, 0],
    [y / 2, 3],
    [width - 1, 6],
    [height - 1, 9],
    [durationMs, 12],
  ] as const)
    head.writeUIntLE(value, at, 3)
  head.writeUInt8(REPLACES, 15)
  return chunk('ANMF', Buffer.concat([head, pixelsOf(file)]))
}

/** The chunk with the pixels; a file may have others before it. */
function pixelsOf(file: Buffer): Buffer {
  for (let at = HEADER_BYTES; at < file.length;) {
    const bytes = 8 + file.readUInt32LE(at + 4)
    if (/^VP8[ L]$/.test(file.toString('latin1', at, at + 4)))
      return file.subarray(at, at + bytes + (bytes % 2))
    at += bytes + (bytes % 2)
  }
  throw new Error('this WebP file has no pixels')
}

function chunk(name: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(name), sizeOf(data), data, Buffer.alloc(data.length % 2)])
}

function sizeOf(data: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(data.length)
  return size
}
