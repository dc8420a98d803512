import type { Secrets, SecretsPlace } from './secrets.ts'
import type { KeychainTrouble } from './trouble.ts'

/** Persistent storage for secrets. */
export type LastingKind = 'keychain' | 'file'

export interface PlacedSecretsOptions {
  readonly place: SecretsPlace
  /** @throws AppError SECRETS_UNAVAILABLE, CONFIG_INVALID */
  readonly open: (kind: LastingKind) => Promise<SecretsPlace>
  /** Records the choice for the next start. */
  readonly choose: (kind: LastingKind) => Promise<void>
}

/** The secrets of a data directory. Callers keep their reference when the secrets move to another storage. */
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
   * Why the keychain cannot be used, if the user has to act: for `kind` memory, agree to a file or unlock the
   * keychain (`keepIn`); for `emptied`, sign in again.
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

  /** Resolves when all pending writes have completed or failed. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /**
   * Moves all secrets to another storage, for this and later starts: to a file once the user agreed, to the
   * keychain once it is available.
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

  /** Runs operations one at a time, so that nothing is written to a storage that is being left. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}
