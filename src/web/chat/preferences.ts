import { parseJsonObject } from '../../shared/json-object.ts'
import type { ModelParameters } from './chat-view.ts'
import type { KnownServer } from './connection.ts'
import { NO_PARAMETERS } from './initial-view.ts'
import type { Page } from './page.ts'

const NAMES = {
  key: 'key',
  formerKey: 'formerKey',
  model: 'model',
  parameters: 'parameters',
  models: 'models',
  api: 'api',
}

/** Values shared by all tabs and kept for the next visit. */
export class Preferences {
  readonly #values: Page['values']

  constructor(values: Page['values']) {
    this.#values = values
  }

  get key(): string | null {
    return this.#values.get(NAMES.key)
  }

  set key(key: string | null) {
    this.#values.set(NAMES.key, key)
  }

  /** Keeps the present key for the answers that it has requested, which the desktop gives to no other. */
  keepKeyForAnswers(now: number): void {
    const { key } = this
    if (key !== null) this.#values.set(NAMES.formerKey, JSON.stringify({ key, until: now }))
  }

  /** The key that was replaced after this time. */
  keyBefore(time: number): string | null {
    const { key, until } = parseJsonObject(this.#values.get(NAMES.formerKey) ?? '') ?? {}
    return typeof key === 'string' && typeof until === 'number' && time < until ? key : null
  }

  dropFormerKey(): void {
    this.#values.set(NAMES.formerKey, null)
  }

  /** The model that was chosen last. */
  get model(): string | null {
    return this.#values.get(NAMES.model)
  }

  set model(name: string) {
    this.#values.set(NAMES.model, name)
  }

  get parameters(): ModelParameters {
    return { ...NO_PARAMETERS, ...parseJsonObject(this.#values.get(NAMES.parameters) ?? '') }
  }

  set parameters(parameters: ModelParameters) {
    this.#values.set(NAMES.parameters, JSON.stringify(parameters))
  }

  /** The model server of the last visit. */
  get server(): KnownServer {
    const { list } = parseJsonObject(`{"list":${this.#values.get(NAMES.models) ?? '[]'}}`) ?? {}
    const api = this.#values.get(NAMES.api) === 'openai' ? 'openai' : 'ollama'
    return { api, models: Array.isArray(list) ? list : [] }
  }

  set server({ api, models }: KnownServer) {
    this.#values.set(NAMES.api, api)
    this.#values.set(NAMES.models, JSON.stringify(models))
  }

  forget(): void {
    for (const name of Object.values(NAMES)) this.#values.set(name, null)
  }
}
