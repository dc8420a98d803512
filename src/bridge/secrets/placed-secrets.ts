import type { Secrets, SecretsPlace } from './secrets.ts'
import type { KeychainTrouble } from './trouble.ts'

/** Backends that persist secrets. */
export type LastingKind = 'keychain' | 'file'

export interface PlacedSecretsOptions {
  readonly place: SecretsPlace
  /** @throws AppError SECRETS_UNAVAILABLE, CONFIG_INVALID */
  readonly open: (kind: LastingKind) => Promise<SecretsPlace>
  /** Records the choice for the next start. */
  readonly choose: (kind: LastingKind) => Promise<void>
}

/** The secrets of a data directory. Migration to another backend is transparent to callers. */
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
   * Why the keychain is unavailable, if the user should act: with `kind` memory, allow a file or unlock the keychain
   * (`keepIn`); with `emptied`, sign in again.
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

  /** Resolves once all pending writes have completed or failed. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /**
   * Migrates everything to another backend, now and for later starts: to a file with the user's consent, or to a
   * keychain that became available.
   * @throws AppError SECRETS_UNAVAILABLE, CONFIG_INVALID; nothing has moved then
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

  /** Serialized, so nothing is written to a backend during its migration. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}
