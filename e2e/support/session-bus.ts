import { spawn, type ChildProcess } from 'node:child_process'
import { type EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Message, type MessageBus, sessionBus } from '@jellybrick/dbus-next'
import { Lines } from './lines.ts'

const config = (
  dir: string,
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${dir}</listen>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
`

/** A separate D-Bus session, without services and without service activation. */
export class SessionBus {
  readonly #daemon: ChildProcess
  readonly #connection: MessageBus
  /** A directory of this session alone: home, runtime files. */
  readonly dir: string
  readonly address: string

  private constructor(daemon: ChildProcess, dir: string, address: string) {
    this.#daemon = daemon
    this.dir = dir
    this.address = address
    this.#connection = sessionBus({ busAddress: address })
    const events: EventEmitter = this.#connection
    events.on('error', () => {})
  }

  static async start(): Promise<SessionBus> {
    const dir = await mkdtemp(join(tmpdir(), 'ctl-bus-'))
    const configFile = join(dir, 'bus.conf')
    await writeFile(configFile, config(dir))
    const daemon = spawn('dbus-daemon', [`--config-file=${configFile}`, '--nofork', '--print-address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const address = await new Lines(daemon.stdout).next()
    return new SessionBus(daemon, dir, address)
  }

  /** The environment of a program in this session. */
  get env(): NodeJS.ProcessEnv {
    const { PATH } = process.env
    return { PATH, HOME: this.dir, XDG_RUNTIME_DIR: this.dir, DBUS_SESSION_BUS_ADDRESS: this.address }
  }

  /** Calls a method. `to` has destination, path, interface and member. */
  async call(to: readonly [string, string, string, string], signature = '', body: unknown[] = []) {
    const [destination, path, iface, member] = to
    const message = new Message({ destination, path, interface: iface, member, signature, body })
    return (await this.#connection.call(message))?.body ?? []
  }

  /** Resolves once this name has an owner. */
  async appears(name: string): Promise<void> {
    const bus = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const
    for (;;) {
      const [has] = await this.call([...bus, 'NameHasOwner'], 's', [name])
      if (has === true) return
    }
  }

  async close(): Promise<void> {
    this.#connection.disconnect()
    const exited = once(this.#daemon, 'exit')
    this.#daemon.kill()
    await exited
    await rm(this.dir, { recursive: true, force: true, maxRetries: 10 })
  }
}
