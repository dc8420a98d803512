/** A relay and a desktop that keeps answers (docs/kept-answers.md): all that happens in them waits for the test. */
import { isJsonObject, parseJsonObject } from '../../shared/json-object.ts'
import type { ChatApi } from './answer-records.ts'
import { CHAT_PATHS } from './chat-request.ts'
import { KEY, OTHER_KEY } from './chat-engine.test-support.ts'
import type { ChatPorts } from './ports.ts'
import { DesktopConnection, type CutKind } from './walk-connection.test-support.ts'
import type { Deliveries, Receiver } from './walk-deliveries.test-support.ts'

const encoder = new TextEncoder()
const WORDS = ['', ' Grüße', ' 🦙', ' from', ' home.']
const REFUSED = '{"error":{"message":"This key was revoked."}}'
const OFFLINE = '{"error":{"message":"The desktop is offline."}}'

/** One run of the model. */
export class Generation {
  readonly #records: Uint8Array[]
  #bytes = new Uint8Array()
  readonly readers = new Set<DesktopConnection>()
  /** By key and name. */
  readonly id: string
  /** The idempotency key. */
  readonly name: string
  readonly tag: string
  readonly body: string
  /** Unique. */
  readonly text: string
  /** A page has received all of it. */
  isRead = false
  state: 'running' | 'complete' | 'failed' | 'deleted' = 'running'

  constructor(api: ChatApi, id: string, body: string, run: number) {
    this.id = id
    const name = id.split(' ')[1] ?? ''
    this.name = name
    this.tag = `"${run}"`
    this.body = body
    const words = WORDS.map((word, i) =>
      i === 0 ? `Answer ${name}.${run} to ${lastMessageIn(body)}:` : word,
    )
    this.text = words.join('')
    this.#records = recordsOf(api, words)
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Makes the next record. */
  grow(): void {
    const record = this.#records.shift()
    if (record === undefined || this.state !== 'running') return
    this.#bytes = Uint8Array.from([...this.#bytes, ...record])
    if (this.#records.length === 0) this.state = 'complete'
    for (const reader of this.readers) this.#send(reader, record)
    if (this.state === 'running') return
    for (const reader of this.readers) reader.end('end')
  }

  join(reader: DesktopConnection, from: number): void {
    this.readers.add(reader)
    this.#send(reader, this.#bytes.slice(from))
    if (this.state !== 'running') reader.end(this.state === 'complete' ? 'end' : 'error')
  }

  #send(reader: DesktopConnection, bytes: Uint8Array): void {
    const isLast = this.state === 'complete'
    reader.send(bytes, () => {
      this.isRead ||= isLast
    })
  }

  /** The model server breaks off. */
  fail(): void {
    if (this.state !== 'running') return
    this.state = 'failed'
    for (const reader of this.readers) reader.end('error')
  }

  delete(): void {
    this.state = 'deleted'
    for (const reader of this.readers) reader.end('error')
  }
}

function lastMessageIn(body: string): string {
  const { messages } = parseJsonObject(body) ?? {}
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  return isJsonObject(last) ? String(last['content']) : ''
}

function recordsOf(api: ChatApi, words: readonly string[]): Uint8Array[] {
  const records =
    api === 'ollama'
      ? [
          ...words.map((content) => `${JSON.stringify({ message: { content } })}\n`),
          `${JSON.stringify({ message: { content: '' }, done: true, eval_count: 5, eval_duration: 1e9 })}\n`,
        ]
      : [
          ...words.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`),
          'data: [DONE]\n\n',
        ]
  return records.map((record) => encoder.encode(record))
}

export class WalkDesktop {
  readonly #deliveries: Deliveries
  readonly #api: ChatApi
  readonly #onRequest: (event: string) => void
  /** By key and name. */
  readonly #generations = new Map<string, Generation>()
  readonly all: Generation[] = []
  readonly #open = new Map<Receiver, Set<DesktopConnection>>()
  isOffline = false
  readonly validKeys = new Set([KEY, OTHER_KEY])

  /** @param onRequest describes each request about an answer */
  constructor(deliveries: Deliveries, api: ChatApi, onRequest: (event: string) => void) {
    this.#deliveries = deliveries
    this.#api = api
    this.#onRequest = onRequest
  }

  requestFor(page: Receiver): ChatPorts['request'] {
    return async (path, { method = 'GET', headers, body, signal }) => {
      signal?.throwIfAborted()
      const connection = new DesktopConnection({ deliveries: this.#deliveries, page, api: this.#api, signal })
      this.#open.set(page, (this.#open.get(page) ?? new Set()).add(connection))
      const request = {
        method,
        path,
        headers: new Headers(headers),
        body: typeof body === 'string' ? body : '',
      }
      this.#deliveries.put(`requests ${page.id}`, null, () => this.#answer(connection, request))
      return connection.response
    }
  }

  /** @param loses whether requests on their way are lost, too */
  cut(page: Receiver, kind: CutKind, loses: boolean): void {
    if (loses) this.#deliveries.drop(`requests ${page.id}`)
    for (const connection of this.#open.get(page) ?? []) if (!connection.isOver) connection.cut(kind)
    this.#open.delete(page)
  }

  /** The kept answers. */
  get kept(): readonly Generation[] {
    return [...this.#generations.values()]
  }

  /** It is started again, and has forgotten everything. */
  restart(): void {
    for (const generation of this.#generations.values()) generation.delete()
    this.#generations.clear()
  }

  /** Revokes a key, whose answers are dropped. */
  revoke(key: string): void {
    this.validKeys.delete(key)
    for (const [id, generation] of this.#generations)
      if (id.startsWith(key)) {
        generation.delete()
        this.#generations.delete(id)
      }
  }

  #answer(connection: DesktopConnection, request: DesktopRequest): void {
    const key = request.headers.get('authorization')?.slice('Bearer '.length) ?? ''
    if (!this.validKeys.has(key)) return connection.reply(REFUSED, 401, { 'x-error-code': 'KEY_UNKNOWN' })
    if (this.isOffline) return connection.reply(OFFLINE, 503, { 'x-error-code': 'OFFLINE' })
    const { path } = request
    const [, name = '', from = '0'] = /^v1\/stream\/([^?]*)(?:\?from=(\d+))?$/.exec(path) ?? []
    if (name !== '') return this.#answerKept(connection, `${key} ${name}`, Number(from), request)
    if (path === 'v1/streams/lookup') return connection.reply(this.#lookUp(key, request.body))
    if (path === CHAT_PATHS[this.#api]) return this.#chat(connection, key, request)
    return this.#describe(connection, path)
  }

  #answerKept(
    connection: DesktopConnection,
    id: string,
    from: number,
    { method, headers }: DesktopRequest,
  ): void {
    const generation = this.#generations.get(id)
    this.#onRequest(`${method} ${id.slice(-6)} from ${from}: ${generation?.state ?? 'unknown'}`)
    if (generation === undefined) return connection.reply('{"error":{"message":"No such answer."}}', 404)
    if (method === 'DELETE') {
      this.#generations.delete(id)
      generation.delete()
      return connection.reply('', 204)
    }
    const tag = headers.get('if-match') ?? generation.tag
    if (tag !== generation.tag) return connection.reply('{}', 412)
    if (from > generation.bytes.length) return connection.reply('{}', 416)
    connection.begin(200, { etag: generation.tag })
    generation.join(connection, from)
  }

  #lookUp(key: string, body: string): string {
    const { conversation_ids: names } = parseJsonObject(body) ?? {}
    const found = (Array.isArray(names) ? names : []).flatMap(
      (name) => this.#generations.get(`${key} ${name}`) ?? [],
    )
    return JSON.stringify(
      found.map(({ state, bytes }) => ({
        is_done: state !== 'running',
        total_bytes: bytes.length,
        error: state === 'failed' ? 'UPSTREAM_FAILED' : null,
      })),
    )
  }

  #chat(connection: DesktopConnection, key: string, { headers, body }: DesktopRequest): void {
    const name = headers.get('idempotency-key') ?? ''
    const id = `${key} ${name}`
    this.#onRequest(`POST ${name}: ${this.#generations.get(id)?.state ?? 'new'}`)
    const kept = this.#generations.get(id)
    const generation = kept === undefined || kept.state === 'failed' ? this.#generate(id, body) : kept
    if (generation.body !== body) return connection.reply('{}', 422)
    connection.begin(200, { etag: generation.tag })
    generation.join(connection, 0)
  }

  #generate(id: string, body: string): Generation {
    const generation = new Generation(this.#api, id, body, this.all.length)
    this.#generations.set(id, generation)
    this.all.push(generation)
    const grow = (): void => {
      generation.grow()
      if (generation.state === 'running') this.#deliveries.put(`model ${id}`, null, grow)
    }
    this.#deliveries.put(`model ${id}`, null, grow)
    return generation
  }

  #describe(connection: DesktopConnection, path: string): void {
    if (path === 'api/show') return connection.reply('{}')
    if (path === 'api/ps') return connection.reply('{"models":[]}')
    if (path === 'v1/models') return connection.reply('{"data":[{"id":"fake:latest"}]}')
    if (this.#api === 'openai') return connection.reply('{}', 404)
    return connection.reply('{"models":[{"name":"fake:latest"}]}')
  }
}

interface DesktopRequest {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: string
}
