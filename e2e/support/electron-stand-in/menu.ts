import type { MenuItemConstructorOptions } from 'electron'
import { app } from './app.ts'
import { strict, strictEmitter } from './strict.ts'

export class MenuItem {
  readonly id: string | undefined
  readonly label: string
  readonly type: string
  readonly role: string | undefined
  readonly sublabel: string
  readonly toolTip: string
  readonly submenu: Menu | undefined
  enabled: boolean
  visible: boolean
  checked: boolean
  readonly #click: MenuItemConstructorOptions['click']

  constructor(options: MenuItemConstructorOptions) {
    const { role, submenu } = options
    this.id = options.id
    this.role = role
    this.label = options.label ?? role ?? ''
    this.submenu = Array.isArray(submenu) ? Menu.buildFromTemplate(submenu) : (submenu as Menu | undefined)
    this.type = options.type ?? (this.submenu === undefined ? 'normal' : 'submenu')
    this.sublabel = options.sublabel ?? ''
    this.toolTip = options.toolTip ?? ''
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.checked = options.checked ?? false
    this.#click = options.click
  }

  click(): void {
    if (!this.enabled) return
    if (this.type === 'checkbox') this.checked = !this.checked
    if (this.role === 'quit') app.quit()
    // The real handler also gets a window and an event, which mean nothing for a menu without a window.
    else this.#click?.call(this, this as never, undefined, {})
  }
}
strict('MenuItem', MenuItem.prototype)

export class Menu extends strictEmitter('Menu') {
  readonly items: MenuItem[] = []
  static #ofApplication: Menu | null = null

  static buildFromTemplate(template: readonly (MenuItemConstructorOptions | MenuItem)[]): Menu {
    const menu = new Menu()
    for (const row of template) menu.append(row instanceof MenuItem ? row : new MenuItem(row))
    return menu
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#ofApplication = menu
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#ofApplication
  }

  append(item: MenuItem): void {
    this.items.push(item)
  }

  getMenuItemById(id: string): MenuItem | null {
    return this.items.find((item) => item.id === id) ?? null
  }
}
