/** Ports to the operating system; `src/main/shell` implements them with Electron. */
import type { BuiltInRelayCommand, BuiltInRelayEvent } from '../../shared/built-in-relay.ts'
import type { Events } from '../../shared/ipc/contract.ts'
import type { TrayIconChoice } from '../view/tray-icon.ts'
import type { TrayView } from '../view/tray-view.ts'
import type { ViewWords } from '../view/words/view-words.ts'
import type { Network } from './trusted-networks.ts'

export interface Question {
  readonly message: string
  readonly detail: string
  /** The first button is the default. */
  readonly buttons: readonly string[]
  /** Index of the button that Escape presses. */
  readonly cancelButton: number
}

export interface System {
  writeClipboard(text: string): Promise<void> | void
  /** Opens the user's browser. @param url http(s) */
  openExternal(url: string): Promise<void>
  /** Opens the user's file manager. */
  openFolder(path: string): Promise<void>
  /** @returns `null` if the user cancelled */
  chooseFileToSave(name: string): Promise<string | null>
  chooseFileToOpen(): Promise<string | null>
  /** @returns the index of the pressed button */
  ask(question: Question): Promise<number>
  /** @param onClick called when the user clicks the notification */
  notify(title: string, text: string, onClick: () => void): void
  /** Prevents the machine from sleeping, or allows it again. */
  keepAwake(isOn: boolean): void
  /** Whether the machine runs on battery now. */
  isOnBattery(): boolean
  showAbout(): void
  /** Exits the process. */
  exit(code: number): void
  /** Sets the theme of menus, dialogs and the window's media queries. */
  setTheme(theme: 'system' | 'light' | 'dark'): void
}

/** The window, which exists only while it is open. */
export interface WindowPort {
  readonly isOpen: boolean
  /** Opens the window, or brings it to the front. */
  show(): void
  /** Closes the window without asking. */
  destroy(): void
  send<Name extends keyof Events>(name: Name, event: Events[Name]): void
}

/** The icon in the tray and its menu. */
export interface TrayPort {
  render(view: TrayView, icon: TrayIconChoice): void
  destroy(): void
}

/** The application menu. */
export interface MenuPort {
  render(words: ViewWords): void
}

/** A process that runs the built-in relay. */
export interface RelayProcess {
  send(command: BuiltInRelayCommand): void
  kill(): void
}

/** Runs the built-in relay on this computer. */
export interface RelayHost {
  /** This computer's address in its home network; `null` without one. */
  homeAddress(): Promise<string | null>
  /** The networks this computer is connected to; at least one if it has an address. */
  networks(): Promise<readonly Network[]>
  /** @returns this port of the host, or any other one if a program uses it */
  choosePort(preferred: number, host: string): Promise<number>
  /** Starts the process. Commands are delivered once it is ready for them. */
  start(listeners: {
    readonly onEvent: (event: BuiltInRelayEvent) => void
    readonly onExit: () => void
  }): RelayProcess
}

/** The setting to start the app at login. */
export interface LoginItem {
  /** The system's current setting; `null` if it cannot be read or changed. */
  read(): boolean | null
  write(isOn: boolean): void
}
