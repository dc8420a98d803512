import type { KeyedText } from '../../shared/words.ts'
import type { AppState } from '../view/app-state.ts'

/** Older ones have been on the screen long enough. */
const MAX_NOTICES = 20
const CODE = /^notice(\d+)$/

/** Sentences for the user, until they are dismissed. */
export class Notices {
  readonly #onChange: () => void
  #list: AppState['notices'] = []

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Oldest first. */
  get list(): AppState['notices'] {
    return this.#list
  }

  add(text: KeyedText): void {
    this.#list = [...this.#list, { text, code: null }].slice(-MAX_NOTICES)
    this.#onChange()
  }

  /** @param code `notice0` for the first one, as the window numbers them; any other code is of no notice */
  dismiss(code: string): void {
    const index = CODE.exec(code)?.[1]
    this.#list = this.#list.filter((_, at) => at !== Number(index))
    this.#onChange()
  }
}
