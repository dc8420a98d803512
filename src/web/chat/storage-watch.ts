import type { StorageFacts } from './chat-view.ts'
import type { Page } from './page.ts'

/** Facts about the browser's storage. */
export class StorageWatch {
  readonly #page: Pick<Page, 'persist' | 'storageFacts'>
  readonly #onChange: () => void
  #facts: StorageFacts

  /** @param isTemporary whether it keeps nothing after the page closes */
  constructor(page: Pick<Page, 'persist' | 'storageFacts'>, isTemporary: boolean, onChange: () => void) {
    this.#page = page
    this.#onChange = onChange
    this.#facts = { isPersistent: false, usedBytes: null, isTemporary }
  }

  get facts(): StorageFacts {
    return this.#facts
  }

  /** Asks the browser not to delete the conversations. */
  async persist(): Promise<void> {
    await this.#page.persist()
    await this.refresh()
  }

  async refresh(): Promise<void> {
    this.#facts = { ...this.#facts, ...(await this.#page.storageFacts()) }
    this.#onChange()
  }
}
