import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SystemProxy } from '../../bridge/dial/system-proxy.ts'
import type { UpdaterPort } from '../../bridge/updates/updater-port.ts'
import type { BuiltInRelayCommand, BuiltInRelaySettings } from '../../shared/built-in-relay.ts'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { Visibility } from '../view/app-state.ts'
import type { DesktopShellOptions } from './desktop-shell.ts'
import type { Question, RelayProcess, RelayHost } from './ports.ts'
import type { Network } from './trusted-networks.ts'

/** Lets settled promises run their callbacks. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Polls for results of files or sockets. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle()
}

/** Finds the given version, and records the calls. */
export class FakeUpdater implements UpdaterPort {
  version: string | null = null
  /** `true` = with a restart of the app. */
  readonly installs: boolean[] = []
  installError: Error | undefined

  check = async () => (this.version === null ? null : { version: this.version, files: [] })
  download = async () => {}

  async install({ restart }: { readonly restart: boolean }): Promise<void> {
    this.installs.push(restart)
    if (this.installError !== undefined) throw this.installError
    if (restart) await new Promise(() => {})
  }
}

interface FakeRelayProcess {
  readonly settings: BuiltInRelaySettings
  /** The process ends by itself. */
  readonly crash: () => void
}

/** Processes of the built-in relay that listen at once, without a relay. */
export class FakeRelayHost implements RelayHost {
  /** Those that run. */
  readonly running = new Set<FakeRelayProcess>()
  /** The settings of all starts. */
  readonly starts: BuiltInRelaySettings[] = []
  readonly takenPorts = new Set<number>()
  /** Ports that are free until a process wants to listen. */
  readonly takenMeanwhile = new Set<number>()
  address: string | null = '192.168.1.20'
  network: Network = { subnet: '192.168.1.0/24', gateway: 'dc:39:6f:12:34:56' }
  /** A process does not obey until it is killed, or `obey` is called. */
  isHanging = false
  readonly #ignored: (() => void)[] = []
  /** Processes end before they listen. */
  isBroken = false

  /** Processes do what they have ignored so far. */
  obey(): void {
    this.isHanging = false
    for (const command of this.#ignored.splice(0)) command()
  }

  homeAddress = async () => this.address

  networks = async () => [this.network]

  choosePort = async (preferred: number) => (this.takenPorts.has(preferred) ? 40_000 : preferred)

  start({ onEvent, onExit }: Parameters<RelayHost['start']>[0]): RelayProcess {
    let process: FakeRelayProcess | undefined
    const end = (): void => {
      if (process !== undefined) this.running.delete(process)
      onExit()
    }
    const send = (command: BuiltInRelayCommand): void => {
      if (this.isHanging) return void this.#ignored.push(() => send(command))
      if (command.kind === 'stop' || this.isBroken) return end()
      const { settings } = command
      this.starts.push(settings)
      process = { settings, crash: end }
      this.running.add(process)
      if (this.takenMeanwhile.has(settings.port)) this.takenPorts.add(settings.port)
      const isTaken = this.takenPorts.has(settings.port)
      if (isTaken) onEvent({ kind: 'failed', code: 'PORT_IN_USE', message: 'taken' })
      else onEvent({ kind: 'listening', pairingCode: 'ABCD-2345' })
    }
    return { send, kill: end }
  }
}

/** A machine without a user interface, which records all calls. */
export class FakeMachine {
  readonly clock = new FakeClock()
  readonly updater = new FakeUpdater()
  /** The calls as text. */
  readonly log: string[] = []
  readonly questions: Question[] = []
  readonly relays = new FakeRelayHost()
  answer = Promise.withResolvers<number>()
  isWindowOpen = false
  /** The first line of the menu; `null` = no icon. */
  tray: string | null = null
  clickNotification: () => void = () => {}
  /** Events sent to the window. */
  readonly sent: [name: string, event: unknown][] = []
  /** Reports to the app that the window opened or closed. */
  onWindow: (state: Visibility) => void = () => {}

  /** Options with a new data directory, without model server and relay. */
  async options(): Promise<Omit<DesktopShellOptions, 'window' | 'tray' | 'menu' | 'log'>> {
    return {
      dataDir: await mkdtemp(join(tmpdir(), 'ctl-desktop-')),
      args: {
        dataDir: undefined,
        relay: undefined,
        pair: undefined,
        // Nothing listens on this port.
        upstream: 'http://127.0.0.1:1',
        demoFallback: undefined,
        autostart: false,
        updated: false,
      },
      platform: 'linux',
      systemLanguages: ['en-US'],
      env: {},
      proxy: new SystemProxy({}, async () => 'DIRECT'),
      clock: this.clock,
      random: () => 0.5,
      system: this.#system(),
      loginItem: { read: () => false, write: () => {} },
      relayHost: this.relays,
      hasTray: true,
      isTaskbarDark: () => false,
      updater: this.updater,
      packageKind: 'appimage',
      notesUrlFor: (version) => version,
      launchedByItself: false,
      releaseInstance: () => this.log.push('release instance'),
      claimInstance: () => this.log.push('claim instance'),
    }
  }

  /** Options including the user interface. */
  async wholeOptions(): Promise<DesktopShellOptions> {
    return {
      ...(await this.options()),
      log: { logger: silentLogger, dir: '', lines: () => [], close: () => {} },
      menu: { render: () => {} },
      window: this.#window(),
      tray: {
        render: ({ menu: [first] }) => void (this.tray = first?.kind === 'item' ? first.label : ''),
        destroy: () => void (this.tray = null),
      },
    }
  }

  #system(): DesktopShellOptions['system'] {
    return {
      writeClipboard: (text) => void this.log.push(`copy ${text}`),
      openExternal: async (url) => void this.log.push(`open ${url}`),
      openFolder: async () => {},
      chooseFileToSave: async () => null,
      chooseFileToOpen: async () => null,
      ask: (question) => (this.questions.push(question), this.answer.promise),
      notify: (title, _text, onClick) => {
        this.log.push(`notify ${title}`)
        this.clickNotification = onClick
      },
      isOnBattery: () => false,
      keepAwake: (isOn) => void this.log.push(`keep awake ${isOn}`),
      showAbout: () => {},
      exit: (code) => void this.log.push(`exit ${code}`),
      setTheme: () => {},
    }
  }

  #window(): DesktopShellOptions['window'] {
    const open = (isOpen: boolean) => {
      if (isOpen === this.isWindowOpen) return
      this.isWindowOpen = isOpen
      this.onWindow(isOpen ? 'shown' : 'closed')
    }
    const isOpen = () => this.isWindowOpen
    return {
      get isOpen() {
        return isOpen()
      },
      show: () => open(true),
      destroy: () => open(false),
      send: (name, event) => void this.sent.push([name, event]),
    }
  }
}
