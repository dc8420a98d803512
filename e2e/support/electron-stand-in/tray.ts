import type { Menu } from './menu.ts'
import { nativeImage, type NativeImage } from './native-image.ts'
import { strictEmitter } from './strict.ts'

/** An icon that nobody sees: what it is told is noted by the observer, which wraps these methods. */
export class Tray extends strictEmitter('Tray') {
  #isDestroyed = false

  constructor(image: NativeImage | string, _guid?: string) {
    super()
    this.setImage(image)
  }

  /** Electron throws for a path without a picture, and shows nothing for an empty image: here both are an error. */
  setImage(image: NativeImage | string): void {
    const picture = typeof image === 'string' ? nativeImage.createFromPath(image) : image
    if (picture.isEmpty()) throw new Error('the tray icon is no picture')
  }

  setToolTip(_text: string): void {}
  setContextMenu(_menu: Menu | null): void {}
  setTitle(_text: string): void {}
  setIgnoreDoubleClickEvents(_ignore: boolean): void {}

  destroy(): void {
    this.#isDestroyed = true
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }
}
