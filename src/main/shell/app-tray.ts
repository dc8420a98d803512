import { join } from 'node:path'
import { Menu, nativeImage, Tray, type MenuItemConstructorOptions, type NativeImage } from 'electron'
import type { TrayPort } from '../app/ports.ts'
import type { TrayIconChoice } from '../view/tray-icon.ts'
import type { TrayCommand, TrayItem, TrayView } from '../view/tray-view.ts'

export interface AppTrayOptions {
  /** Directory of the app's files. */
  readonly root: string
  readonly onCommand: (command: TrayCommand) => void
  /** The icon was clicked, on systems that distinguish this from opening the menu. */
  readonly onClick: () => void
}

/** The tray icon and its menu. */
export class AppTray implements TrayPort {
  readonly #options: AppTrayOptions
  #tray: Tray | undefined
  #shownIcon = ''
  #shownMenu = ''

  constructor(options: AppTrayOptions) {
    this.#options = options
  }

  render({ tooltip, menu }: TrayView, icon: TrayIconChoice): void {
    const tray = (this.#tray ??= this.#create(icon))
    tray.setToolTip(tooltip)
    if (icon.file !== this.#shownIcon) tray.setImage(this.#imageOf(icon))
    this.#shownIcon = icon.file
    // Replacing the menu closes it while it is open.
    const shown = JSON.stringify(menu)
    if (shown !== this.#shownMenu)
      tray.setContextMenu(Menu.buildFromTemplate(menu.map((item) => this.#toTemplate(item))))
    this.#shownMenu = shown
  }

  destroy(): void {
    this.#tray?.destroy()
    this.#tray = undefined
    this.#shownIcon = ''
    this.#shownMenu = ''
  }

  #create(icon: TrayIconChoice): Tray {
    const tray = new Tray(this.#imageOf(icon))
    tray.on('click', this.#options.onClick)
    return tray
  }

  #imageOf({ file, isTemplate }: TrayIconChoice): NativeImage {
    const image = nativeImage.createFromPath(join(this.#options.root, file))
    image.setTemplateImage(isTemplate)
    return image
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
