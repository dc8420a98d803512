import type { KeyDigest } from '../../shared/brands.ts'
import { toAppError, type AppError } from '../../shared/errors.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { testGrant } from '../policy/grant.test-support.ts'
import type { Grant } from '../policy/grant.ts'
import type { AnswerSink } from '../forward/answer-flow.ts'
import { AnswerReader } from './answer-reader.ts'
import { KeptAnswers, type KeepRequest, type KeptEntry, type KeptLimits } from './kept-answers.ts'

export const LIMITS: KeptLimits = { maxAnswerBytes: 64 * 1024, maxTotalBytes: 128 * 1024, keepMs: 600_000 }

export function grantOf(id: string, more: Partial<Grant> = {}): Grant {
  return testGrant({ id, ...more })
}

/** A store with a fake clock, and functions that fill it. For tests only. */
export class KeptStage {
  readonly clock = new FakeClock()
  /** Request ids whose model server was stopped. */
  readonly stopped: string[] = []
  readonly resumed: string[] = []
  readonly events: [requestId: string, until: number | null][] = []
  limits = LIMITS
  readonly answers = new KeptAnswers({
    clock: this.clock,
    limits: () => this.limits,
    onKept: (requestId, until) => void this.events.push([requestId, until]),
  })
  #requests = 0

  request(name: string, more: Partial<KeepRequest> = {}): KeepRequest {
    return {
      requestId: `r${this.#requests++}`,
      principal: { kind: 'key', digest: 'd' as KeyDigest },
      name: { text: name, isConversation: false },
      digest: 'body',
      model: 'm',
      shape: 'sse',
      grant: grantOf('phone'),
      ...more,
    }
  }

  /** Begins an answer, as the model server would. */
  begin(request: KeepRequest, headers: readonly string[] = EVENTS): KeptEntry {
    const entry = this.answers.create(request)
    entry.answer.feedFrom({
      stop: () => void this.stopped.push(request.requestId),
      resume: () => void this.resumed.push(request.requestId),
    })
    entry.answer.begin({ type: 'head', status: 200, headers })
    return entry
  }

  read(entry: KeptEntry, from = 0): TestClient {
    return new TestClient(entry, from, this.clock)
  }
}

const EVENTS = ['Content-Type', 'text/event-stream']

/** A client of a kept answer. For tests only. */
export class TestClient implements AnswerSink {
  readonly reader: AnswerReader
  headers: readonly string[] | undefined
  status: number | undefined
  error: AppError | undefined
  isOver = false
  /** Accepts no more after a chunk, until `resume`. */
  isSlow = false
  readonly #clock: FakeClock
  readonly #chunks: Uint8Array[] = []

  constructor(entry: KeptEntry, from: number, clock: FakeClock) {
    this.#clock = clock
    this.reader = new AnswerReader(entry.answer, from, clock)
    this.reader.start(this)
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  head(status: number, headers: readonly string[]): void {
    this.status = status
    this.headers = headers
  }

  write(chunk: Uint8Array): boolean {
    this.#chunks.push(chunk)
    return !this.isSlow
  }

  end(): void {
    this.isOver = true
  }

  fail(cause: unknown): void {
    this.isOver = true
    this.error = toAppError(cause)
  }

  /** Lets pending callbacks run. */
  settle(): this {
    this.#clock.settle()
    return this
  }
}
