import { readFileSync } from 'node:fs'
import { strict } from './strict.ts'

const PNG = '89504e470d0a1a0a'
const ICO = '00000100'

/** An image loaded from an existing, valid file. */
export class NativeImage {
  readonly #bytes: Buffer
  #isTemplate: boolean

  constructor(bytes: Buffer, path: string) {
    this.#bytes = bytes
    this.#isTemplate = /Template(?:@\dx)?\.png$/.test(path)
  }

  isEmpty(): boolean {
    return this.#bytes.length === 0
  }

  /** In points, of which this file has one per pixel. */
  getSize(): { width: number; height: number } {
    if (this.#bytes.toString('hex', 0, 8) !== PNG) return { width: 0, height: 0 }
    return { width: this.#bytes.readUInt32BE(16), height: this.#bytes.readUInt32BE(20) }
  }

  isTemplateImage(): boolean {
    return this.#isTemplate
  }

  setTemplateImage(isTemplate: boolean): void {
    this.#isTemplate = isTemplate
  }
}
strict('NativeImage', NativeImage.prototype)

export const nativeImage = strict('nativeImage', {
  createEmpty: () => new NativeImage(Buffer.alloc(0), ''),
  /** Like in Electron, an unreadable or invalid file results in an empty image. */
  createFromPath(path: string): NativeImage {
    return new NativeImage(readPicture(path), path)
  },
})

function readPicture(path: string): Buffer {
  try {
    const bytes = readFileSync(path)
    const head = bytes.toString('hex', 0, 8)
    return head === PNG || head.startsWith(ICO) ? bytes : Buffer.alloc(0)
  } catch {
    return Buffer.alloc(0)
  }
}
