import { Message, type MessageBus, sessionBus, Variant } from '@jellybrick/dbus-next'
import { SessionBus } from './session-bus.ts'

const NAME = 'org.kde.StatusNotifierWatcher'

/** A desktop that shows tray icons: on Linux a session bus with a StatusNotifierWatcher; elsewhere it always exists. */
export class TrayHost {
  readonly #bus: SessionBus | undefined
  readonly #connection: MessageBus | undefined

  private constructor(bus?: SessionBus, connection?: MessageBus) {
    this.#bus = bus
    this.#connection = connection
  }

  static async start(): Promise<TrayHost> {
    if (process.platform !== 'linux') return new TrayHost()
    const bus = await SessionBus.start()
    const connection = sessionBus({ busAddress: bus.address })
    connection.addMethodHandler((message) => {
      if (message.member !== 'Get') return false
      // There is one thing to ask: IsStatusNotifierHostRegistered.
      connection.send(Message.newMethodReturn(message, 'v', [new Variant('b', true)]))
      return true
    })
    await connection.requestName(NAME, 0)
    return new TrayHost(bus, connection)
  }

  /** For an app on this desktop. */
  get env(): Readonly<Record<string, string>> {
    return this.#bus === undefined ? {} : { DBUS_SESSION_BUS_ADDRESS: this.#bus.address }
  }

  async close(): Promise<void> {
    this.#connection?.disconnect()
    await this.#bus?.close()
  }
}
