import http from 'node:http'
import https from 'node:https'
import { createInterface } from 'node:readline'
import { AppError, toAppError } from '../../shared/errors.ts'
import { parseJsonObject } from '../../shared/json-object.ts'

/** A download by the model server. */
export type PullState =
  | {
      readonly kind: 'running'
      readonly model: string
      /** Bytes of all files that are known so far; the server names them one by one. */
      readonly doneBytes: number
      readonly totalBytes: number
    }
  | { readonly kind: 'failed'; readonly model: string; readonly reason: string }
  | { readonly kind: 'done'; readonly model: string }

export interface ModelPullOptions {
  readonly onChange: () => void
  /** The model was added. */
  readonly onDone: () => void
}

const MODEL_NAME = /^\w[\w.-]*(?:[/:@]\w[\w.-]*)*$/
const MAX_NAME_CHARS = 300
/** Ollama names a few files; further ones are not counted. */
const MAX_FILES = 1_000
const MAX_REASON_CHARS = 300

/** Downloads one model at a time with Ollama's `POST /api/pull`. An aborted download is resumed by the server. */
export class ModelPull {
  readonly #options: ModelPullOptions
  #state: PullState | null = null
  #abort: AbortController | undefined

  constructor(options: ModelPullOptions) {
    this.#options = options
  }

  /** `null` = none, or forgotten. */
  get state(): PullState | null {
    return this.#state
  }

  /**
   * Starts a download, which continues in the background. Does nothing while one runs.
   * @throws AppError CONFIG_INVALID for a name that no model can have
   */
  start(baseUrl: string, apiKey: string | undefined, model: string): void {
    if (this.#abort !== undefined) return
    if (model.length > MAX_NAME_CHARS || !MODEL_NAME.test(model))
      throw new AppError('CONFIG_INVALID', 'This is not the name of a model. An example is llama3.2.')
    const abort = new AbortController()
    this.#abort = abort
    this.#become({ kind: 'running', model, doneBytes: 0, totalBytes: 0 })
    this.#run(new URL(`${baseUrl}/api/pull`), apiKey, model, abort.signal).then(
      () => this.#end(abort, { kind: 'done', model }),
      (cause: unknown) => this.#end(abort, { kind: 'failed', model, reason: toAppError(cause).screenText }),
    )
  }

  /** Stops the download, or forgets the last one's outcome. */
  cancel(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#become(null)
  }

  async #run(url: URL, apiKey: string | undefined, model: string, signal: AbortSignal): Promise<void> {
    const files = new Map<string, { readonly done: number; readonly total: number }>()
    let isDone = false
    for await (const line of linesOf(await answerOf(url, apiKey, model, signal))) {
      const { error, status, digest, total, completed } = parseJsonObject(line) ?? {}
      if (typeof error === 'string') throw failed(error)
      if (status === 'success') isDone = true
      if (typeof digest !== 'string' || typeof total !== 'number' || files.size > MAX_FILES) continue
      files.set(digest, { total, done: typeof completed === 'number' ? Math.min(completed, total) : 0 })
      const all = [...files.values()]
      const [doneBytes, totalBytes] = [sum(all.map(({ done }) => done)), sum(all.map((file) => file.total))]
      this.#become({ kind: 'running', model, doneBytes, totalBytes })
    }
    if (!isDone) throw failed('The model server closed the connection.')
  }

  #end(abort: AbortController, state: PullState): void {
    // Cancelled, or another one has started since.
    if (this.#abort !== abort) return
    this.#abort = undefined
    this.#become(state)
    if (state.kind === 'done') this.#options.onDone()
  }

  #become(state: PullState | null): void {
    this.#state = state
    this.#options.onChange()
  }
}

function failed(reason: string): AppError {
  return new AppError('UPSTREAM_FAILED', `The download failed: ${reason.slice(0, MAX_REASON_CHARS)}`)
}

function answerOf(
  url: URL,
  apiKey: string | undefined,
  model: string,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const headers = {
    'content-type': 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    method: 'POST',
    headers,
    agent: false,
    signal,
  })
  request.on('error', () => reject(new AppError('UPSTREAM_UNREACHABLE')))
  request.on('response', resolve)
  request.end(JSON.stringify({ model, stream: true }))
  return promise
}

/** Lines of a response, which ends with an error if its connection breaks. */
async function* linesOf(response: http.IncomingMessage): AsyncGenerator<string> {
  const broken = new Promise<never>((_, reject) => {
    response.on('error', () => reject(failed('The model server closed the connection.')))
  })
  broken.catch(() => {})
  const lines = createInterface({ input: response })[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([lines.next(), broken])
    if (next.done === true) return
    yield next.value
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
