import { ByteQueue, type Allowance } from '../../shared/byte-queue.ts'
import type { AppError } from '../../shared/errors.ts'
import type { ResponseMessage } from '../../shared/proxy-head.ts'
import { bodyShapeFor } from '../../shared/body-shape.ts'
import { headerOf, withoutHeader } from '../../shared/headers.ts'

export type AnswerHead = Extract<ResponseMessage, { readonly type: 'head' }>

/** The request to the model server that produces an answer. */
export interface AnswerSource {
  stop(): void
  resume(): void
}

/** A client that reads an answer. */
export interface AttachedReader {
  /** Bytes that it has taken. */
  readonly at: number
  /** There is something new to read. */
  wake(): void
}

export interface AnswerMemory extends Allowance {
  tryTake(bytes: number): boolean
  close(): void
}

export interface KeptAnswerPorts {
  /** The entity tag (RFC 9110, section 8.8.3), unlike that of any other answer. */
  readonly tag: string
  readonly memory: AnswerMemory
  /** Nothing more will be appended. */
  readonly onEnd: () => void
  /** The answer is no longer kept. */
  readonly onRelease: () => void
}

/** Bytes that an answer which is no longer kept may be ahead of its slowest reader. */
const WINDOW_BYTES = 256 * 1024
const RECORD_END_BYTES = 4

/**
 * The bytes of one answer of the model server, for any number of readers at their own pace. While it is kept, it stores
 * all bytes and needs no reader. Once released, it is an ordinary answer: it stores the bytes that some reader still
 * needs, waits for the slowest reader, and stops with the last one.
 */
export class KeptAnswer {
  readonly #ports: KeptAnswerPorts
  readonly #queue: ByteQueue
  readonly #readers = new Set<AttachedReader>()
  #source: AnswerSource | undefined
  #head: AnswerHead | undefined
  #state: 'running' | 'complete' | 'failed' = 'running'
  #error: AppError | undefined
  #isKept = true
  /** Bytes before the queue, which all readers have read. */
  #droppedBytes = 0
  /** Bytes of the queue that exceed the memory allowance. */
  #uncountedBytes = 0

  constructor(ports: KeptAnswerPorts) {
    this.#ports = ports
    const { memory } = ports
    this.#queue = new ByteQueue({
      allowance: {
        take: (bytes) => {
          if (this.#isKept) memory.take(bytes)
          else if (!memory.tryTake(bytes)) this.#uncountedBytes += bytes
        },
        giveBack: (bytes) => {
          const uncounted = Math.min(bytes, this.#uncountedBytes)
          this.#uncountedBytes -= uncounted
          memory.giveBack(bytes - uncounted)
        },
      },
    })
  }

  get head(): AnswerHead | undefined {
    return this.#head
  }

  get state(): 'running' | 'complete' | 'failed' {
    return this.#state
  }

  /** Why it failed. */
  get error(): AppError | undefined {
    return this.#error
  }

  get isKept(): boolean {
    return this.#isKept
  }

  /** Whether a client's `If-Match` names this answer. Encoding has made its tag a weak one. */
  isNamedBy(ifMatch: string): boolean {
    const tags = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    return tags.includes('*') || tags.includes(this.#ports.tag)
  }

  /** Bytes that the model server has sent so far. */
  get totalBytes(): number {
    return this.#droppedBytes + this.#queue.bytes
  }

  get heldBytes(): number {
    return this.#queue.heldBytes
  }

  get readerCount(): number {
    return this.#readers.size
  }

  /** Sets the request that produces the answer. */
  feedFrom(source: AnswerSource): void {
    this.#source = source
  }

  /** Takes the head. A failure is not kept, since the next attempt may succeed. */
  begin(head: AnswerHead): void {
    if (this.#state !== 'running') return
    this.#head = { ...head, headers: [...withoutHeader(head.headers, 'etag'), 'ETag', this.#ports.tag] }
    if (head.status < 200 || head.status > 299) this.release()
    this.#wake()
  }

  /** Adds a chunk, which must not be changed afterwards. @returns false if the source should pause until it is resumed */
  append(bytes: Uint8Array): boolean {
    if (this.#state !== 'running') return true
    if (!this.#tryPush(bytes)) {
      this.release()
      if (this.#readers.size === 0) return true
      this.#queue.push(bytes)
    }
    this.#wake()
    return this.#isKept || this.#queue.bytes < WINDOW_BYTES
  }

  finish(): void {
    this.#end('complete')
  }

  fail(error: AppError): void {
    this.#end('failed', error)
  }

  /** Stops the model server, if it is still answering. Readers get the reason. */
  stop(error: AppError): void {
    if (this.#state !== 'running') return
    const source = this.#source
    this.#end('failed', error)
    source?.stop()
  }

  /** Stops keeping it: it becomes an ordinary answer. */
  release(): void {
    if (!this.#isKept) return
    this.#isKept = false
    this.#ports.onRelease()
    if (this.#readers.size === 0) this.#abandon()
    else this.#trim()
  }

  attach(reader: AttachedReader): void {
    this.#readers.add(reader)
  }

  detach(reader: AttachedReader): void {
    if (!this.#readers.delete(reader) || this.#isKept) return
    if (this.#readers.size === 0) this.#abandon()
    else this.#trim()
  }

  /** A reader has advanced. */
  taken(): void {
    if (!this.#isKept) this.#trim()
  }

  /** The next bytes from a position on, up to the end of a chunk; `undefined` if there are none yet. */
  bytesAt(at: number): Uint8Array | undefined {
    return this.#queue.peekFrom(at - this.#droppedBytes)
  }

  /** Whether a record starts at this byte, so that the relay may insert a heartbeat before it. */
  isRecordStart(at: number): boolean {
    if (at === 0) return true
    const tail = Buffer.alloc(RECORD_END_BYTES)
    for (let i = Math.max(0, at - RECORD_END_BYTES); i < at; i++)
      tail[RECORD_END_BYTES - at + i] = this.bytesAt(i)?.[0] ?? 0
    const text = tail.toString('latin1')
    switch (bodyShapeFor(headerOf(this.#head?.headers ?? [], 'content-type'), 'openai')) {
      case 'ndjson':
        return text.endsWith('\n')
      case 'sse':
        return text.endsWith('\n\n') || text.endsWith('\n\r\n')
      default:
        return false
    }
  }

  #tryPush(bytes: Uint8Array): boolean {
    try {
      this.#queue.push(bytes)
      return true
    } catch {
      return false
    }
  }

  #end(state: 'complete' | 'failed', error?: AppError): void {
    if (this.#state !== 'running') return
    this.#state = state
    this.#error = error
    // It holds the whole request.
    this.#source = undefined
    this.#ports.onEnd()
    this.#wake()
  }

  /** Drops the bytes that all readers have. */
  #trim(): void {
    const least = Math.min(...[...this.#readers].map(({ at }) => at))
    while (this.#droppedBytes < least) {
      const bytes = this.#queue.shift(least - this.#droppedBytes)
      if (bytes === undefined) break
      this.#droppedBytes += bytes.length
    }
    if (this.#state === 'running' && this.#queue.bytes < WINDOW_BYTES) this.#source?.resume()
  }

  #abandon(): void {
    const source = this.#source
    this.#source = undefined
    if (this.#state === 'running') {
      this.#state = 'failed'
      source?.stop()
    }
    this.#queue.clear()
    this.#ports.memory.close()
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake()
  }
}
