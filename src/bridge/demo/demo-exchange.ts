import type { IncomingMessage, ServerResponse } from 'node:http'
import { readAll } from '../../shared/byte-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { dialectFor } from '../../shared/dialect.ts'
import { AppError } from '../../shared/errors.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import { splitTarget } from '../../shared/request-path.ts'

const TOKEN_INTERVAL_MS = 20
const MAX_BODY_BYTES = 16 * 1024 * 1024
const MAX_LOAD_MS = 3_600_000

const ERROR_TYPES: Readonly<Record<number, string>> = { 404: 'not_found_error', 500: 'api_error' }

/** One request and its response. */
export class DemoExchange {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly clock: Clock
  /** The request's JSON; empty until `readBody`. */
  body: Record<string, unknown> = {}
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #gone = new AbortController()

  constructor(request: IncomingMessage, response: ServerResponse, clock: Clock) {
    this.method = request.method ?? ''
    this.path = splitTarget(request.url ?? '').path
    this.clock = clock
    this.#request = request
    this.#response = response
    response.on('close', () => this.#gone.abort())
  }

  /** Simulated load time, as requested by the client. */
  get loadMs(): number {
    const options = this.body['options'] as { load_ms?: unknown } | null | undefined
    const asked = Number(this.#request.headers['x-demo-load-ms'] ?? options?.load_ms)
    return asked > 0 ? Math.min(asked, MAX_LOAD_MS) : 0
  }

  /** False if the body is not one JSON object of at most 16 MiB; the client has been answered then. */
  async readBody(): Promise<boolean> {
    // Refusing a body must not destroy the socket: the refusal would be lost.
    const whole = this.#request.iterator({ destroyOnReturn: false })
    const bytes = await readAll(whole, MAX_BODY_BYTES).catch((cause: unknown) => {
      if (cause instanceof AppError) return undefined
      throw cause
    })
    if (bytes === undefined) return this.#refuse(413, 'the request body is too large')
    const body = parseJsonObject(new TextDecoder().decode(bytes))
    if (body === undefined) return this.#refuse(400, 'the request body is not a JSON object')
    this.body = body
    return true
  }

  text(text: string): void {
    this.#response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  }

  json(value: object, status = 200): void {
    const text = JSON.stringify(value)
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    }
    this.#response.writeHead(status, headers).end(text)
  }

  fail(status: number, message: string): void {
    const type = ERROR_TYPES[status] ?? 'invalid_request_error'
    switch (dialectFor(this.path)) {
      case 'ollama':
        return this.json({ error: message }, status)
      case 'openai':
      case 'responses':
        return this.json({ error: { message, type, param: null, code: null } }, status)
      case 'anthropic':
        return this.json({ type: 'error', error: { type, message } }, status)
    }
  }

  startStream(contentType: string): void {
    this.#response.writeHead(200, { 'content-type': contentType })
    this.#response.flushHeaders()
  }

  write(text: string): void {
    this.#response.write(text)
  }

  end(text = ''): void {
    this.#response.end(text)
  }

  /** Aborts a response that cannot be completed. It must not look like success. */
  breakOff(): void {
    if (this.#response.headersSent) this.#response.destroy()
    else this.fail(500, 'the demo model failed')
  }

  /** Rejects if the client disconnects meanwhile. */
  pause(ms: number): Promise<void> {
    const { signal } = this.#gone
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const leave = (): void => {
        timer.cancel()
        reject(signal.reason)
      }
      const timer = this.clock.after(ms, () => {
        signal.removeEventListener('abort', leave)
        resolve()
      })
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Yields the tokens at a realistic pace. */
  async *speak(tokens: readonly string[]): AsyncGenerator<string> {
    for (const token of tokens) {
      await this.pause(TOKEN_INTERVAL_MS)
      yield token
    }
  }

  #refuse(status: number, message: string): false {
    this.fail(status, message)
    return false
  }
}
