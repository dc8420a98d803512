import type { Secrets, SecretsPlace } from './secrets.ts'
import type { KeychainTrouble } from './trouble.ts'

/** Where secrets can be kept for longer than one run. */
export type LastingKind = 'keychain' | 'file'

export interface PlacedSecretsOptions {
  readonly place: SecretsPlace
  /** @throws AppError SECRETS_UNAVAILABLE, CONFIG_INVALID */
  readonly open: (kind: LastingKind) => Promise<SecretsPlace>
  /** Remembers the choice for the next start. */
  readonly choose: (kind: LastingKind) => Promise<void>
}

/** The secrets of a data directory. Whoever holds them need not know when they move to another place. */
export class PlacedSecrets implements Secrets {
  readonly #options: PlacedSecretsOptions
  #place: SecretsPlace
  #last: Promise<unknown> = Promise.resolve()
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: PlacedSecretsOptions) {
    this.#options = options
    this.#place = options.place
  }

  get kind(): Secrets['kind'] {
    return this.#place.kind
  }

  /**
   * Why the keychain does not serve, where the user should do something: with `kind` memory, agree to a file or unlock
   * the keychain (`keepIn`); `emptied`, sign in again.
   */
  get trouble(): KeychainTrouble | null {
    return this.#place.trouble
  }

  get(name: string): Promise<string | null> {
    return this.#inTurn(() => this.#place.get(name))
  }

  set(name: string, value: string): Promise<void> {
    return this.#write(() => this.#place.set(name, value))
  }

  delete(name: string): Promise<void> {
    return this.#write(() => this.#place.delete(name))
  }

  /** Resolves when everything that was to be written is, or could not be. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /**
   * Moves everything to another place, now and for later starts: to a file once the user agreed to it, to the keychain
   * once there is one.
   * @throws AppError SECRETS_UNAVAILABLE, CONFIG_INVALID; then everything is where it was.
   */
  keepIn(kind: LastingKind): Promise<void> {
    return this.#write(async () => {
      const from = this.#place
      if (from.kind === kind) return
      const to = await this.#options.open(kind)
      const names = [...from.names]
      for (const name of names) {
        const value = await from.get(name)
        if (value !== null) await to.set(name, value)
      }
      await this.#options.choose(kind)
      this.#place = to
      for (const name of names) await from.delete(name)
    })
  }

  #write(work: () => Promise<void>): Promise<void> {
    const writing = this.#inTurn(work)
    this.#writing = writing.catch(() => {})
    return writing
  }

  /** One after another: nothing is written to a place that is being left. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}
