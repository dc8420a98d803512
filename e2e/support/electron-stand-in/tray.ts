import type { Menu } from './menu.ts'
import { nativeImage, type NativeImage } from './native-image.ts'
import { strictEmitter } from './strict.ts'

/** An invisible icon. The observer wraps these methods and records the calls. */
export class Tray extends strictEmitter('Tray') {
  #isDestroyed = false

  constructor(image: NativeImage | string, _guid?: string) {
    super()
    this.setImage(image)
  }

  /** Electron throws for a path without an image, and shows nothing for an empty image: here both are errors. */
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
