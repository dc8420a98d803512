import { eventsOf, type AnswerFigures } from './answer-events.ts'
import { EndlessRecord, RecordReader } from './answer-records.ts'
import { CHAT_PATHS } from './chat-request.ts'
import type { Problem, WaitReason } from './chat-view.ts'
import type { RunPosition } from './conversation.ts'
import { lookUpKept, type KeptFacts } from './kept-facts.ts'
import { pause, type ChatPorts } from './ports.ts'
import { explained, isAway, problemIn, type RelayProblem } from './relay-problem.ts'
import { requestRelay, type RelayRequest } from './relay-request.ts'

/** Updates of an answer, in order. */
export type RunUpdate =
  | { readonly kind: 'waiting'; readonly for: WaitReason }
  /** More text, up to the byte `offset` of the answer `tag`. */
  | {
      readonly kind: 'text'
      readonly text: string
      readonly thinking: string
      readonly offset: number
      readonly tag: string | null
    }
  | { readonly kind: 'figures'; readonly figures: AnswerFigures }
  /** Another device makes the answer. */
  | { readonly kind: 'moved'; readonly device: string }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed'
      readonly problem: Problem
      /** Whether the rest may be at the desktop. */
      readonly canContinue: boolean
    }

export interface AnswerRunOptions {
  readonly ports: ChatPorts
  readonly key: string
  readonly position: RunPosition
  readonly isModelLoaded: boolean | null
  /** The device that can make the answer now. */
  readonly deviceNow: () => Promise<string | undefined>
  /** The body of the request; the same each time. */
  readonly body: () => Promise<string>
  readonly onUpdate: (update: RunUpdate) => void
}

const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = 15_000
/** The relay sends a heartbeat every 15 seconds: without one the connection is dead, whatever the browser thinks. */
const SILENCE_MS = 40_000
/** A connection that received something this recently is considered alive. */
const FRESH_MS = 3_000
/** Failures of the model server before the answer counts as failed. */
const MAX_SERVER_FAILURES = 3
const STOP_TRIES = 6

type Step = { readonly kind: 'over' } | { readonly kind: 'again'; readonly after: number }
const OVER: Step = { kind: 'over' }

/** Obtains one answer completely: after a lost connection it continues at the next byte (docs/kept-answers.md). */
export class AnswerRun {
  readonly #options: AnswerRunOptions
  #device: string | undefined
  #offset: number
  /** Identifies the answer in which `#offset` counts; `null` if the desktop does not send it. */
  #tag: string | null
  /** Bytes since the last record that was understood. */
  #uncounted = 0
  /** Attempts since the answer grew. */
  #failures = 0
  /** The desktop has confirmed that it keeps this answer. */
  #isKept = false
  /** The offset before the last error that ended where the answer ends. */
  #errorAt = -1
  #lastByteAt = 0
  /** The request, of this page or another one, may arrive later than a stop. */
  #mayArrive = true
  /** Ends the current connection or pause. */
  #attempt = new AbortController()
  #isOver = false

  constructor(options: AnswerRunOptions) {
    this.#options = options
    this.#device = options.position.device
    this.#offset = options.position.offset
    this.#tag = options.position.tag ?? null
  }

  /** Resolves when the answer is complete, has failed, or was stopped. Never rejects. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      this.#attempt = new AbortController()
      const step = await this.#step()
      if (this.#isOver || step.kind === 'over') break
      await pause(this.#options.ports, step.after, this.#attempt.signal)
    }
    this.#isOver = true
  }

  /** The network or the page came back, or the user does not want to wait: tries immediately, unless bytes are arriving. */
  kick(): void {
    if (this.#options.ports.now() - this.#lastByteAt > FRESH_MS) this.#attempt.abort()
  }

  /** Stops reading. The desktop finishes the answer. */
  leave(): void {
    this.#isOver = true
    this.#attempt.abort()
  }

  /** Stops the model. Resolves when the desktop has confirmed it, or after several attempts. */
  async stop(): Promise<void> {
    const { ports } = this.#options
    this.leave()
    const unaborted = new AbortController().signal
    const request = { method: 'DELETE', signal: unaborted }
    for (let tries = 0; tries < STOP_TRIES; tries++) {
      const response = await this.#request(this.#streamPath, request).catch(() => null)
      if (response?.ok === true || (response?.status === 404 && !this.#mayArrive && !isAway(response))) return
      await pause(ports, FIRST_RETRY_MS * 2 ** tries, unaborted)
    }
  }

  get #streamPath(): string {
    return `v1/stream/${encodeURIComponent(this.#options.position.name)}`
  }

  async #step(): Promise<Step> {
    try {
      const response = this.#hasBegun ? await this.#rejoin() : await this.#ask()
      if (response === null) return this.#fail({ kind: 'readFailed' }, true)
      if (!response.ok) return this.#refused(await problemIn(response))
      this.#mayArrive = false
      this.#tag = response.headers.get('etag')
      return await this.#read(response)
    } catch (cause) {
      if (cause instanceof EndlessRecord) return this.#fail({ kind: 'answerUnreadable' }, false)
      // A broken connection, or an abort by `kick`.
      return this.#again({ kind: 'reconnecting' })
    }
  }

  get #hasBegun(): boolean {
    return this.#offset > 0 || this.#isKept
  }

  /** A request that the desktop has received already joins its answer. @returns `null` without a body */
  async #ask(): Promise<Response | null> {
    const { position, body, isModelLoaded } = this.#options
    const text = await body().catch(() => null)
    if (text === null) return null
    this.#tell({ kind: 'waiting', for: { kind: isModelLoaded === false ? 'modelLoading' : 'answer' } })
    const headers = { 'idempotency-key': position.name }
    this.#mayArrive = true
    return this.#request(CHAT_PATHS[position.api], { method: 'POST', headers, body: text })
  }

  #rejoin(): Promise<Response> {
    // Otherwise the end of a newer answer with this name, which another tab has requested, could follow this one's beginning.
    const headers: Record<string, string> =
      this.#offset > 0 && this.#tag !== null ? { 'if-match': this.#tag } : {}
    return this.#request(`${this.#streamPath}?from=${this.#offset}`, { headers })
  }

  #request(path: string, request: RelayRequest = {}): Promise<Response> {
    const { ports, key } = this.#options
    const headers = { ...request.headers, ...(this.#device !== undefined && { 'x-device': this.#device }) }
    // A request that was prepared while the answer was stopped must not run the model.
    return requestRelay(ports, key, path, { signal: this.#attempt.signal, ...request, headers })
  }

  async #read({ body }: Response): Promise<Step> {
    const records = new RecordReader(this.#options.position.api)
    this.#uncounted = 0
    const reader = body?.getReader()
    const next = (): ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> | undefined =>
      reader && this.#withinSilence(reader.read())
    try {
      for (let part = await next(); part?.value !== undefined; part = await next()) {
        this.#lastByteAt = this.#options.ports.now()
        const step = await this.#take(records, part.value)
        if (step === null) continue
        await reader?.cancel().catch(() => {})
        return step
      }
    } catch (cause) {
      // The second time at the same byte, it may be the answer that has ended: not every format has room for errors.
      if (cause instanceof EndlessRecord || this.#failures === 0) throw cause
    }
    return this.#ended(records.pendingBytes, null)
  }

  async #withinSilence<T>(reading: Promise<T>): Promise<T> {
    const cancel = this.#options.ports.after(SILENCE_MS, () => this.#attempt.abort())
    return reading.finally(cancel)
  }

  /** @returns `null` to read on */
  async #take(records: RecordReader, chunk: Uint8Array): Promise<Step | null> {
    const { api } = this.#options.position
    let [text, thinking] = ['', '']
    const tell = (): void => {
      const [offset, tag] = [this.#offset, this.#tag]
      if (text !== '' || thinking !== '') this.#tell({ kind: 'text', text, thinking, offset, tag })
      text = thinking = ''
    }
    for (const record of records.read(chunk)) {
      const events = eventsOf(api, record.text)
      const error = events.find(({ kind }) => kind === 'error')
      if (error?.kind === 'error') {
        tell()
        return this.#ended(record.bytes, error.problem)
      }
      this.#count(record.bytes, events.length > 0)
      for (const event of events)
        if (event.kind === 'text') [text, thinking] = [text + event.text, thinking + event.thinking]
        else if (event.kind !== 'error') this.#tell({ kind: 'figures', figures: event.figures })
      if (events.every(({ kind }) => kind !== 'end')) continue
      tell()
      return this.#finish()
    }
    tell()
    return null
  }

  /** A record without meaning may be a partial one, which the relay completed before its error: it counts later. */
  #count(bytes: number, isUnderstood: boolean): void {
    this.#uncounted += bytes
    if (!isUnderstood) return
    this.#offset += this.#uncounted
    this.#uncounted = 0
    this.#failures = 0
  }

  /**
   * Without a final record: the connection broke, unless the desktop says that the answer is over. Servers may leave
   * out the final record, and their own errors look like the relay's.
   * @param bytes after the last record, or of the record with the error
   * @param problem an error inside the answer
   */
  async #ended(bytes: number, problem: Problem | null): Promise<Step> {
    const entry = await this.#lookUp()
    if (entry === 'unknown' && problem !== null) return this.#fail(problem, false)
    if (entry === null || entry === 'unknown') return this.#again({ kind: 'reconnecting' })
    this.#isKept = true
    if (!entry.isDone || !this.#hasAll(entry, bytes, problem !== null))
      return this.#again({ kind: 'reconnecting' })
    if (problem === null && entry.errorCode === null) return this.#finish()
    // A model server's own error is among its bytes.
    const isOwn = entry.totalBytes > this.#offset + this.#uncounted
    return this.#fail((!isOwn && explained(entry.errorCode)) || problem || { kind: 'answerBroken' }, false)
  }

  /** The relay's errors add bytes, so one that fits by chance has to appear twice to count as the model server's. */
  #hasAll({ totalBytes, errorCode }: KeptFacts, bytes: number, isError: boolean): boolean {
    const read = this.#offset + this.#uncounted
    if (!isError) return totalBytes <= read + bytes
    const fits = totalBytes === read + bytes
    const isRepeated = fits && this.#errorAt === this.#offset
    if (fits) this.#errorAt = this.#offset
    return (errorCode !== null && totalBytes <= read) || isRepeated
  }

  #finish(): Step {
    this.#tell({ kind: 'done' })
    return OVER
  }

  #lookUp(): ReturnType<typeof lookUpKept> {
    return lookUpKept(this.#options.position.name, (path, request) => this.#request(path, request))
  }

  #refused(refusal: RelayProblem): Step | Promise<Step> {
    if (refusal.code === 'DEVICE_UNKNOWN' && this.#device !== undefined) return this.#withoutDevice(refusal)
    switch (refusal.status) {
      case 401:
        return this.#fail(refusal.problem, true)
      case 404:
      case 412:
        return this.#fail(this.#hasBegun ? { kind: 'answerLost' } : refusal.problem, false)
      case 422:
        return this.#joinOther(refusal)
      case 429:
        return this.#queued(refusal)
      case 502:
      case 503:
      case 504:
        return this.#unavailable(refusal)
      default:
        return this.#fail(refusal.problem, false)
    }
  }

  /**
   * Another tab may have asked for this answer with a different text of an earlier one, of which each had a part when it
   * was stopped.
   */
  async #joinOther({ problem }: RelayProblem): Promise<Step> {
    const entry = await this.#lookUp()
    if (entry === 'unknown') return this.#fail(problem, false)
    this.#isKept = entry !== null
    return this.#again({ kind: 'reconnecting' })
  }

  /** The page named the device, so it has disconnected. Another one can make an answer that has not begun. */
  async #withoutDevice({ retryAfterMs }: RelayProblem): Promise<Step> {
    const device = this.#hasBegun ? undefined : await this.#options.deviceNow()
    const isSame = device === undefined || device === this.#device
    if (isSame) return this.#again({ kind: 'desktopOffline' }, retryAfterMs)
    this.#device = device
    this.#tell({ kind: 'moved', device })
    return { kind: 'again', after: 0 }
  }

  #queued({ queuePlace: place, retryAfterMs }: RelayProblem): Step {
    const after = this.#delay(retryAfterMs)
    const retryAt = this.#options.ports.now() + after
    this.#tell({ kind: 'waiting', for: { kind: 'queue', place, retryAt } })
    return { kind: 'again', after }
  }

  #unavailable({ code, problem, retryAfterMs }: RelayProblem): Step {
    const isOffline = code === 'OFFLINE' || code === 'DRAINING'
    if (isOffline) return this.#again({ kind: 'desktopOffline' }, retryAfterMs)
    // The relays cannot find the desktop at the moment, which is not an answer from it.
    const isLasting = code !== 'SHARED_STATE_UNREACHABLE' && this.#failures >= MAX_SERVER_FAILURES
    if (!this.#hasBegun && isLasting) return this.#fail(problem, false)
    return this.#again({ kind: 'reconnecting' }, retryAfterMs)
  }

  #again(reason: WaitReason, retryAfterMs: number | null = null): Step {
    if (this.#isOver) return OVER
    this.#tell({ kind: 'waiting', for: reason })
    return { kind: 'again', after: this.#delay(retryAfterMs) }
  }

  #fail(problem: Problem, canContinue: boolean): Step {
    this.#tell({ kind: 'failed', problem, canContinue })
    return OVER
  }

  #delay(retryAfterMs: number | null): number {
    const longest = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++)
    return Math.max(retryAfterMs ?? 0, longest * (0.5 + this.#options.ports.random() / 2))
  }

  #tell(update: RunUpdate): void {
    if (!this.#isOver) this.#options.onUpdate(update)
  }
}
