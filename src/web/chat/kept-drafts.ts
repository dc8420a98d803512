import { parseJsonObject } from '../../shared/json-object.ts'
import type { Page } from './page.ts'

const NAME = 'drafts'
/** The oldest texts beyond this number are dropped. */
const MAX_DRAFTS = 50

/** Unsent texts by conversation; `''` stands for one that has no messages yet. */
export class KeptDrafts {
  readonly #values: Page['values']

  constructor(values: Page['values']) {
    this.#values = values
  }

  textFor(conversationId: string): string {
    const text = this.#all()[conversationId]
    return typeof text === 'string' ? text : ''
  }

  keep(conversationId: string, text: string): void {
    const { [conversationId]: _before, ...others } = this.#all()
    const entries = Object.entries(text === '' ? others : { ...others, [conversationId]: text })
    const kept = Object.fromEntries(entries.slice(-MAX_DRAFTS))
    this.#values.set(NAME, entries.length === 0 ? null : JSON.stringify(kept))
  }

  clear(): void {
    this.#values.set(NAME, null)
  }

  /** Read each time: other tabs write too. */
  #all(): Record<string, unknown> {
    return parseJsonObject(this.#values.get(NAME) ?? '') ?? {}
  }
}
