import type { Browser, Page } from 'playwright-core'
import { animatedWebp, type WebpFrame } from './animated-webp.ts'

const WIDTH = 420
const HEIGHT = 800
const CAPTION_HEIGHT = 48
const QUALITY = 0.82

/** Runs in the page: draws a screenshot with its caption, and encodes what has changed since the last one. */
const DRAW = `
  const canvas = Object.assign(document.createElement('canvas'), { width: ${WIDTH}, height: ${HEIGHT} })
  const context = canvas.getContext('2d', { willReadFrequently: true })
  let before = null
  const changes = (now) => {
    let [left, top, right, bottom] = [${WIDTH}, ${HEIGHT}, -1, -1]
    const pixels = new Uint32Array(now.data.buffer)
    const old = before && new Uint32Array(before.data.buffer)
    for (let i = 0; i < pixels.length; i++) {
      if (old && pixels[i] === old[i]) continue
      const [x, y] = [i % ${WIDTH}, Math.floor(i / ${WIDTH})]
      left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y)
    }
    return right < 0 ? null : { x: left & ~1, y: top & ~1, right, bottom }
  }
  window.draw = async (png, caption) => {
    const image = new Image()
    image.src = 'data:image/png;base64,' + png
    await image.decode()
    context.fillStyle = '#f1f3f7'
    context.fillRect(0, 0, ${WIDTH}, ${HEIGHT})
    context.fillStyle = '#20242c'
    context.font = '600 17px system-ui, sans-serif'
    context.textAlign = 'center'
    context.fillText(caption, ${WIDTH / 2}, 31)
    context.save()
    context.beginPath()
    context.roundRect(14, ${CAPTION_HEIGHT}, ${WIDTH - 28}, ${HEIGHT - CAPTION_HEIGHT - 14}, 22)
    context.clip()
    context.drawImage(image, 14, ${CAPTION_HEIGHT}, ${WIDTH - 28}, ${HEIGHT - CAPTION_HEIGHT - 14})
    context.restore()
    context.strokeStyle = '#c9ced8'
    context.lineWidth = 2
    context.stroke()
    const now = context.getImageData(0, 0, ${WIDTH}, ${HEIGHT})
    const box = changes(now)
    before = now
    if (box === null) return null
    const [width, height] = [box.right + 1 - box.x, box.bottom + 1 - box.y]
    const part = Object.assign(document.createElement('canvas'), { width, height })
    part.getContext('2d', { alpha: false }).drawImage(canvas, -box.x, -box.y)
    const blob = await new Promise((resolve) => part.toBlob(resolve, 'image/webp', ${QUALITY}))
    const bytes = new Uint8Array(await blob.arrayBuffer())
    return { x: box.x, y: box.y, width, height, base64: bytes.toBase64() }
  }`

type Drawn = (Omit<WebpFrame, 'file' | 'durationMs'> & { readonly base64: string }) | null

/** The size of the phone in the picture. */
export const PHONE = { width: WIDTH - 28, height: HEIGHT - CAPTION_HEIGHT - 14 }

/**
 * Records a page as an animated WebP, frame by frame, so that the speed of this computer does not matter. The browser encodes
 * the frames.
 */
export class Recorder {
  readonly #page: Page
  readonly #frames: WebpFrame[] = []

  private constructor(page: Page) {
    this.#page = page
  }

  static async start(browser: Browser): Promise<Recorder> {
    const page = await browser.newPage()
    await page.evaluate(DRAW)
    return new Recorder(page)
  }

  /** Adds the page as it looks now. Without a change, the last frame lasts longer. */
  async add(page: Page, caption: string, durationMs: number): Promise<void> {
    const png = (await page.screenshot()).toString('base64')
    const drawn = await this.#page.evaluate<Drawn>(`draw(${JSON.stringify(png)}, ${JSON.stringify(caption)})`)
    const last = this.#frames.at(-1)
    if (drawn === null && last !== undefined)
      this.#frames[this.#frames.length - 1] = { ...last, durationMs: last.durationMs + durationMs }
    else if (drawn !== null) {
      const { base64, ...place } = drawn
      this.#frames.push({ ...place, file: Buffer.from(base64, 'base64'), durationMs })
    }
  }

  /** How long the recording is so far. */
  get durationMs(): number {
    return this.#frames.reduce((sum, { durationMs }) => sum + durationMs, 0)
  }

  file(): Buffer {
    return animatedWebp(WIDTH, HEIGHT, this.#frames)
  }
}
