import { defaultKeyOf, defaultKeyStateOf } from '../../bridge/profile/default-key.ts'
import type { Profile } from '../../bridge/profile/profile.ts'

type DefaultKeyState = Awaited<ReturnType<typeof defaultKeyStateOf>>

/** The key in snippets, and what is known about it. */
export class DefaultKey {
  readonly #announced: () => Promise<void>
  readonly #onChange: () => void
  #state: DefaultKeyState = { id: null, isRevoked: false }

  /** @param announced resolves once the relay knows a newly created key */
  constructor(announced: () => Promise<void>, onChange: () => void) {
    this.#announced = announced
    this.#onChange = onChange
  }

  get state(): DefaultKeyState {
    return this.#state
  }

  /**
   * Its text; the key is created on first use.
   * @param renew in place of a revoked one
   * @throws AppError KEY_NOT_FOUND if the user has revoked it
   */
  async textIn(profile: Profile, { renew = false } = {}): Promise<string> {
    const key = await defaultKeyOf(profile, { announced: this.#announced, renew })
    await this.refresh(profile)
    return key
  }

  /** The keys or the device have changed. Keeps the last state while the secrets cannot be read. */
  async refresh(profile: Profile | undefined): Promise<void> {
    if (profile !== undefined) this.#state = await defaultKeyStateOf(profile).catch(() => this.#state)
    this.#onChange()
  }
}
