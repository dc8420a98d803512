import type { Notice, Problem } from './chat-view.ts'

/** News outside any turn. The newest one is shown until it is dismissed, or no longer true. */
export class PageNotices {
  readonly #onChange: () => void
  #current: Notice | null = null

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get current(): Notice | null {
    return this.#current
  }

  /** @param notice `null` dismisses the current one */
  show(notice: Notice | null): void {
    this.#current = notice
    this.#onChange()
  }

  /** @param problem of the browser's storage; `null`: everything is stored again */
  storageIs(problem: Problem | null): void {
    const { kind } = this.#current ?? {}
    if (problem !== null) this.show(problem)
    else if (kind === 'storageFull' || kind === 'storageFailed') this.show(null)
  }
}
