import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP, type AddressInfo } from 'node:net'
import type { Clock } from '../../src/shared/clock.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { formFor, scriptIn, textOf, tokenAt, type Form, type Script } from './fake-answers.ts'
import { freePort } from './free-port.ts'
import { PATIENCE_MS } from './patience.ts'
import { SeenRequest } from './seen-request.ts'

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
) => void | Promise<void>

export interface FakeUpstreamOptions {
  /** Paces tokens and loads. */
  readonly clock?: Clock
  /** That of a server that was closed, to bring it back. */
  readonly port?: number
}

/** An Ollama that responds as the test specifies, and records its requests. */
export class FakeUpstream {
  /** Every request so far. */
  readonly seen: SeenRequest[] = []
  /** Models that exist; any other gets a 404. */
  models = ['fake:latest', 'other:latest']
  /** Digests of existing blobs; uploads are added. */
  readonly blobs = new Set<string>()
  readonly #clock: Clock
  readonly #server = createServer({ noDelay: true, requestTimeout: 0, headersTimeout: 0 })
  readonly #handlers = new Map<string, Handler>()
  readonly #watchers = new Set<() => void>()
  #gate = Promise.resolve()
  #isEnding = false
  #hold: { readonly afterTokens: number; readonly over: Promise<void> } | undefined

  private constructor(clock: Clock) {
    this.#clock = clock
    this.#server.on('request', (request, response) => void this.#serve(request, response))
    this.#serveOllama()
  }

  static async start({ clock = systemClock, port }: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
    const fake = new FakeUpstream(clock)
    fake.#server.listen(port ?? (await freePort()), '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Requests from clients. The bridge's own probes have no user agent. */
  get fromClients(): SeenRequest[] {
    return this.seen.filter(({ headers }) => headers['user-agent'] !== undefined)
  }

  /** Open connections. */
  openSockets(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_error, count) => resolve(count)))
  }

  /** Handles this method and path (without query) from now on. The handler may read the body. */
  on(method: string, path: string, handler: Handler): void {
    this.#handlers.set(`${method} ${path}`, handler)
  }

  /** Delays the headers of inference responses, as while a model loads, until the returned function is called. */
  holdLoads(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gate = promise
    return resolve
  }

  /** Completes streamed answers with the tokens they have had so far. */
  endAnswers(): void {
    this.#isEnding = true
  }

  /** Pauses streamed answers after this many tokens, until the returned function is called. */
  holdAnswers(afterTokens: number): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#hold = { afterTokens, over: promise }
    return resolve
  }

  /** For handlers that stream: waits before this token, if the test holds answers there. */
  async held(index: number): Promise<void> {
    if (index === this.#hold?.afterTokens) await this.#hold.over
  }

  /** Waits for the next request to this path that was not returned before. */
  request(path: string, deadlineMs = PATIENCE_MS): Promise<SeenRequest> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.seen.find((seen) => !seen.taken && seen.path === path)
        if (found === undefined) return
        found.taken = true
        clearTimeout(timeout)
        this.#watchers.delete(look)
        resolve(found)
      }
      const timeout = setTimeout(() => {
        this.#watchers.delete(look)
        const targets = this.seen.map(({ method, target }) => `${method} ${target}`).join(', ')
        reject(new Error(`no request to ${path} within ${deadlineMs} ms; seen: ${targets}`))
      }, deadlineMs)
      this.#watchers.add(look)
      look()
    })
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = new SeenRequest(request)
    this.seen.push(seen)
    for (const look of this.#watchers) look()
    response.on('error', () => {})
    if (!isWelcome(request)) return void response.writeHead(403).end()
    const handler = this.#handlers.get(`${seen.method} ${seen.path}`) ?? this.#serveByPattern
    try {
      await handler(request, response, seen)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      sendJson(response, 400, { error: cause.message })
    }
  }

  #serveOllama(): void {
    const serve = (
      methods: string,
      path: string,
      answer: (body: Record<string, unknown>) => object,
    ): void => {
      for (const method of methods.split('|'))
        this.on(method, path, async (_request, response, seen) =>
          sendJson(response, 200, answer(await seen.json())),
        )
    }
    const listed = (name: string): object => ({ name, model: name, size: 1, digest: 'd', details: {} })
    const greet: Handler = (_request, response) => void response.end('Ollama is running')
    this.on('GET', '/', greet)
    this.on('HEAD', '/', greet)
    serve('GET|HEAD', '/api/version', () => ({ version: '0.12.3' }))
    serve('GET|HEAD', '/api/tags', () => ({ models: this.models.map(listed) }))
    serve('GET|HEAD', '/api/ps', () => ({ models: this.models.slice(0, 1).map(listed) }))
    serve('POST', '/api/show', () => ({ details: {}, model_info: {}, capabilities: ['completion'] }))
    serve('POST', '/api/embed', ({ input }) => ({ embeddings: [input].flat().map(() => [0.6, 0.8]) }))
    serve('POST', '/api/embeddings', () => ({ embedding: [0.6, 0.8] }))
    serve('POST', '/v1/embeddings', ({ input }) => ({
      object: 'list',
      data: [input].flat().map((_, index) => ({ object: 'embedding', index, embedding: [0.6, 0.8] })),
    }))
    serve('GET|HEAD', '/v1/models', () => ({
      object: 'list',
      data: this.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'library' })),
    }))
    this.on('POST', '/api/pull', pull)
    this.on('DELETE', '/api/delete', async (_request, response, seen) => {
      const { name, model = name } = await seen.json()
      if (this.#has(model)) response.end()
      else sendJson(response, 404, { error: `model '${String(model)}' not found` })
    })
  }

  readonly #serveByPattern: Handler = async (_request, response, seen) => {
    const { method, path } = seen
    if (path.startsWith('/api/blobs/')) return this.#blob(response, seen, path.slice('/api/blobs/'.length))
    if (method === 'GET' && path.startsWith('/v1/models/'))
      return sendJson(response, 200, { id: decodeURIComponent(path.slice(11)), object: 'model' })
    const body = method === 'POST' ? await seen.json() : {}
    const form = formFor(path, body['model'])
    if (method !== 'POST' || form === undefined) return void response.writeHead(404).end('404 page not found')
    if (!this.#has(body['model']))
      return sendJson(response, 404, form.errorBody(`model '${String(body['model'])}' not found`))
    await this.#infer(response, seen, form, body)
  }

  async #infer(
    response: ServerResponse,
    seen: SeenRequest,
    form: Form,
    body: Record<string, unknown>,
  ): Promise<void> {
    const script = scriptIn(body)
    await this.#gate
    await this.#pause(script.load_ms)
    if (script.status !== undefined)
      return sendJson(response, script.status, form.errorBody(`status ${script.status} as told`))
    if (!(body['stream'] ?? form.streamsByDefault))
      return sendJson(response, 200, form.whole(textOf(script), script.tokens))
    response.writeHead(200, { 'content-type': form.contentType }).flushHeaders()
    if (form.prologue !== '') response.write(form.prologue)
    if (await this.#speak(response, seen, form, script)) response.end(form.epilogue(seen.tokensSent))
  }

  /** @returns false if the response has no normal end */
  async #speak(response: ServerResponse, seen: SeenRequest, form: Form, script: Script): Promise<boolean> {
    for (let index = 0; index < script.tokens && !response.destroyed && !this.#isEnding; index++) {
      if (index === script.stall) return false
      if (index === script.breakAfter) return breakOff(response, form, script)
      await this.held(index)
      await this.#pause(script.intervalMs)
      seen.tokensSent++
      await writeTo(response, form.piece(tokenAt(script, index)))
    }
    return true
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => void this.#clock.after(ms, resolve))
  }

  async #blob(response: ServerResponse, seen: SeenRequest, digest: string): Promise<void> {
    const status = this.blobs.has(digest) ? 200 : 404
    if (seen.method === 'HEAD') return void response.writeHead(status).end()
    const { sha256 } = await seen.body()
    if (digest !== `sha256:${sha256}`) return sendJson(response, 400, { error: 'digest mismatch' })
    this.blobs.add(digest)
    response.writeHead(status === 200 ? 200 : 201).end()
  }

  #has(model: unknown): boolean {
    return this.models.some((name) => name === model || name === `${String(model)}:latest`)
  }
}

/** Streams this many bytes of a fixed pattern at the reader's pace. The digest of the written bytes is in hex. */
export async function sendBulk(response: ServerResponse, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  const block = Buffer.alloc(64 * 1024, 'cloud to local ')
  for (let left = bytes; left > 0 && !response.destroyed; left -= block.length) {
    const chunk = block.subarray(0, left)
    hash.update(chunk)
    await writeTo(response, chunk)
  }
  response.end()
  return hash.digest('hex')
}

async function writeTo(response: ServerResponse, chunk: string | Buffer): Promise<void> {
  if (response.write(chunk) || response.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const events = ['drain', 'close'] as const
  for (const event of events) response.once(event, resolve)
  await promise
  for (const event of events) response.off(event, resolve)
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  const text = JSON.stringify(value)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  }
  response.writeHead(status, headers).end(text)
}

/** Repeats the second-last line, as Ollama does for each digest. */
const pull: Handler = async (_request, response, seen) => {
  const { stream } = await seen.json()
  if (stream === false) return sendJson(response, 200, { status: 'success' })
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const layer = { status: 'pulling d', digest: 'sha256:d', total: 2, completed: 1 }
  for (const record of [{ status: 'pulling manifest' }, layer, layer, { status: 'success' }])
    response.write(`${JSON.stringify(record)}\n`)
  response.end()
}

async function breakOff(response: ServerResponse, form: Form, { breakBy }: Script): Promise<false> {
  // Node writes at the end of the tick: data from before the break must be sent first.
  await new Promise<void>((resolve) => void setImmediate(resolve))
  if (breakBy === 'error') response.end(form.errorRecord('the runner has crashed'))
  else if (breakBy === 'reset') response.socket?.resetAndDestroy()
  else response.destroy()
  return false
}

/** Ollama's own checks while it listens on loopback (ollama/ollama server/routes.go:1776-1866). */
function isWelcome({ headers }: IncomingMessage): boolean {
  const { host = '', origin } = headers
  const name = host.replace(/:\d+$/, '').replaceAll(/^\[|\]$/g, '')
  const isLocalAddress =
    isIP(name) !== 0 && /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$)/.test(name)
  if (!isLocalAddress && !/^localhost$|\.(localhost|local|internal)$/i.test(name)) return false
  if (origin === undefined || origin === `http://${host}`) return true
  return /^https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?$|^(app|file|tauri|vscode-\w+):\/\//.test(
    origin,
  )
}
