import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Variant } from '@jellybrick/dbus-next'
import { Lines } from './lines.ts'
import { SessionBus } from './session-bus.ts'

const NAME = 'org.freedesktop.secrets'
const SERVICE = [NAME, '/org/freedesktop/secrets', 'org.freedesktop.Secret.Service'] as const
const LOGIN = '/org/freedesktop/secrets/collection/login'
const PASSWORD = 'a keyring password'

/** GNOME Keyring on its own session. There is no password dialog: a request that would open one fails as if dismissed. */
export class SecretService {
  readonly bus: SessionBus
  #keyring: ChildProcess | undefined

  private constructor(bus: SessionBus) {
    this.bus = bus
  }

  /** Only the session: `start` starts the keyring. */
  static async prepare(): Promise<SecretService> {
    return new SecretService(await SessionBus.start())
  }

  /** Unlocked as by a login with the right password, which makes the keyring where there is none; or locked. */
  async start(state: 'unlocked' | 'locked' = 'unlocked'): Promise<void> {
    const unlock = state === 'unlocked' ? ['--unlock'] : []
    const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...unlock], {
      env: this.bus.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    keyring.stdin.end(PASSWORD)
    this.#keyring = keyring
    await this.bus.appears(NAME)
  }

  async stop(): Promise<void> {
    const keyring = this.#keyring
    this.#keyring = undefined
    if (keyring === undefined) return
    const exited = once(keyring, 'exit')
    keyring.kill()
    await exited
  }

  async lock(): Promise<void> {
    await this.bus.call([...SERVICE, 'Lock'], 'ao', [[LOGIN]])
  }

  /** Imitates GNOME's own password dialog. */
  async unlock(): Promise<void> {
    const [, session] = await this.bus.call([...SERVICE, 'OpenSession'], 'sv', [
      'plain',
      new Variant('s', ''),
    ])
    const internal = 'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface'
    const secret = [session, Buffer.alloc(0), Buffer.from(PASSWORD), 'text/plain']
    await this.bus.call([NAME, SERVICE[1], internal, 'UnlockWithMasterPassword'], 'o(oayays)', [
      LOGIN,
      secret,
    ])
  }

  /** Deletes every keyring of this user, like after a forgotten password. */
  async forgetKeyrings(): Promise<void> {
    await rm(join(this.bus.dir, '.local/share/keyrings'), { recursive: true })
  }

  async close(): Promise<void> {
    await this.stop()
    await this.bus.close()
  }
}

/** Requests to the process that has a data directory's secrets open. */
export type SecretsCommand =
  | { readonly do: 'open'; readonly giveUpKeychain?: boolean }
  | { readonly do: 'save' | 'load' | 'delete' }
  | { readonly do: 'keepIn'; readonly kind: 'keychain' | 'file' }

/** Its responses. */
export interface SecretsAnswer {
  readonly kind?: string
  readonly trouble?: string | null
  readonly deviceId?: string | null
  /** Messages to the user. */
  readonly told?: readonly string[]
  /** Code of the thrown error. */
  readonly code?: string
  readonly message?: string
}

/** The project's own secrets in a process of a session. */
export class SecretsProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: Lines

  constructor(bus: SessionBus, dataDir: string) {
    const entry = fileURLToPath(new URL('secret-service-client.ts', import.meta.url))
    this.#child = spawn(process.execPath, [entry, dataDir], {
      env: bus.env,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#lines = new Lines(this.#child.stdout)
  }

  ask(command: SecretsCommand): Promise<SecretsAnswer> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`)
    return this.#lines.json()
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.stdin.end()
    await exited
  }
}
