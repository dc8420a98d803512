import type { ChatView } from './chat-view.ts'
import { INITIAL_VIEW } from './initial-view.ts'
import type { Page } from './page.ts'

/** Publishes the newest view once per frame, however fast text arrives. */
export class ViewPublisher {
  readonly #page: Pick<Page, 'beforeFrame'>
  readonly #viewNow: () => ChatView
  readonly #listeners = new Set<() => void>()
  #view = INITIAL_VIEW
  #isWaiting = false

  constructor(page: Pick<Page, 'beforeFrame'>, viewNow: () => ChatView) {
    this.#page = page
    this.#viewNow = viewNow
  }

  get view(): ChatView {
    return this.#view
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  changed(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#page.beforeFrame(() => this.publish())
  }

  /** Publishes without a frame: the one that was requested before the page was hidden does not come. */
  publish(): void {
    this.#isWaiting = false
    this.#view = this.#viewNow()
    for (const listener of this.#listeners) listener()
  }
}
