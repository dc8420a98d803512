/** What the app needs from the system it runs on; `src/main/shell` has it from Electron. */
import type { Events } from '../../shared/ipc/contract.ts'
import type { TrayIconChoice } from '../view/tray-icon.ts'
import type { TrayView } from '../view/tray-view.ts'

export interface Question {
  readonly message: string
  readonly detail: string
  /** The first is the default. */
  readonly buttons: readonly string[]
  /** The button that Escape presses. */
  readonly cancelButton: number
}

export interface System {
  writeClipboard(text: string): Promise<void> | void
  /** In the user's browser. @param url http(s) */
  openExternal(url: string): Promise<void>
  /** In the user's file manager. */
  openFolder(path: string): Promise<void>
  /** @returns `null` where the user cancelled. */
  chooseFileToSave(name: string): Promise<string | null>
  chooseFileToOpen(): Promise<string | null>
  /** @returns the index of the button that was pressed. */
  ask(question: Question): Promise<number>
  /** @param onClick somebody wants to know more */
  notify(title: string, text: string, onClick: () => void): void
  /** Keeps the machine from sleeping, or no longer. */
  keepAwake(isOn: boolean): void
  showAbout(): void
  /** Ends the process. */
  exit(code: number): void
  /** Dresses menus, dialogs and the window's media queries. */
  setTheme(theme: 'system' | 'light' | 'dark'): void
}

/** The window. Exists only while it is open. */
export interface WindowPort {
  readonly isOpen: boolean
  /** Opens it, or brings it to the front. */
  show(): void
  /** Without asking anybody. */
  destroy(): void
  send<Name extends keyof Events>(name: Name, event: Events[Name]): void
}

/** The icon in the tray and its menu. */
export interface TrayPort {
  render(view: TrayView, icon: TrayIconChoice): void
  destroy(): void
}

/** Whether the app starts when the user logs in. */
export interface LoginItem {
  /** What the system says now; `null` where it cannot be said or set. */
  read(): boolean | null
  write(isOn: boolean): void
}
