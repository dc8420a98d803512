import { Transform } from 'node:stream'

/** Replaces a secret in a passing body with asterisks of the same length, so Content-Length stays valid. */
export class SecretMask extends Transform {
  readonly #secret: Buffer
  /** A possible beginning of the secret. */
  #held: Buffer = Buffer.alloc(0)

  constructor(secret: string) {
    super()
    this.#secret = Buffer.from(secret)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const masked = maskBytes(bytes, this.#secret)
    const heldBytes = overlapBytes(masked, this.#secret)
    this.#held = masked.subarray(masked.length - heldBytes)
    this.push(masked.subarray(0, masked.length - heldBytes))
    done()
  }

  override _flush(done: () => void): void {
    this.push(this.#held)
    done()
  }
}

/** Masks the secret in a text, such as a header value. */
export function maskText(text: string, secret: string): string {
  return text.replaceAll(secret, '*'.repeat(secret.length))
}

function maskBytes(bytes: Buffer, secret: Buffer): Buffer {
  let at = bytes.indexOf(secret)
  if (at < 0) return bytes
  const masked = Buffer.from(bytes)
  for (; at >= 0; at = bytes.indexOf(secret, at + secret.length)) masked.fill('*', at, at + secret.length)
  return masked
}

/** Number of trailing bytes that are a prefix of the secret. */
function overlapBytes(bytes: Buffer, secret: Buffer): number {
  const longest = Math.min(bytes.length, secret.length - 1)
  for (let length = longest; length > 0; length--)
    if (bytes.subarray(bytes.length - length).equals(secret.subarray(0, length))) return length
  return 0
}
