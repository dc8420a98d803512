import { join } from 'node:path'
import { Menu, nativeImage, Tray, type MenuItemConstructorOptions } from 'electron'
import type { TrayPort } from '../app/ports.ts'
import type { TrayIconChoice } from '../view/tray-icon.ts'
import type { TrayCommand, TrayItem, TrayView } from '../view/tray-view.ts'

export interface AppTrayOptions {
  /** Where the app's files are. */
  readonly root: string
  readonly onCommand: (command: TrayCommand) => void
  /** The icon itself was clicked, where the system tells clicks from the menu. */
  readonly onClick: () => void
}

/** The tray icon and its menu. */
export class AppTray implements TrayPort {
  readonly #options: AppTrayOptions
  #tray: Tray | undefined
  #shown = ''

  constructor(options: AppTrayOptions) {
    this.#options = options
  }

  /** Does nothing where nothing has changed: a menu that is replaced closes under the pointer. */
  render(view: TrayView, icon: TrayIconChoice): void {
    const shown = JSON.stringify([view, icon])
    if (shown === this.#shown) return
    this.#shown = shown
    const image = nativeImage.createFromPath(join(this.#options.root, icon.file))
    image.setTemplateImage(icon.isTemplate)
    this.#tray ??= this.#create(image)
    this.#tray.setImage(image)
    this.#tray.setToolTip(view.tooltip)
    this.#tray.setContextMenu(Menu.buildFromTemplate(view.menu.map((item) => this.#toTemplate(item))))
  }

  destroy(): void {
    this.#tray?.destroy()
    this.#tray = undefined
    this.#shown = ''
  }

  #create(image: Electron.NativeImage): Tray {
    const tray = new Tray(image)
    tray.on('click', this.#options.onClick)
    return tray
  }

  #toTemplate(item: TrayItem): MenuItemConstructorOptions {
    if (item.kind === 'separator') return { type: 'separator' }
    const { label, isEnabled, command, submenu } = item
    return {
      label,
      enabled: isEnabled,
      ...(command !== null && { click: () => this.#options.onCommand(command) }),
      ...(submenu !== null && { submenu: submenu.map((child) => this.#toTemplate(child)) }),
    }
  }
}
