import { BodyMemory, type BodyAllowance } from '../../shared/body-memory.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { BodyShape } from '../../shared/body-shape.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import type { Grant } from '../policy/grant.ts'
import { checkKeptModel } from '../policy/model-rule.ts'
import { KeptAnswer, type AnswerMemory } from './kept-answer.ts'
import type { KeptName } from './kept-name.ts'

export interface KeptLimits {
  /** Bytes of one answer. */
  readonly maxAnswerBytes: number
  /** Total bytes of all answers. */
  readonly maxTotalBytes: number
  /** How long an answer is kept after its end, and how long a running one may be silent while no one reads it. */
  readonly keepMs: number
}

type KeptSettings = Pick<Settings, 'keptAnswerMib' | 'keptTotalMib' | 'keptMinutes'>

export function keptLimitsOf({ keptAnswerMib, keptTotalMib, keptMinutes }: KeptSettings): KeptLimits {
  return {
    maxAnswerBytes: keptAnswerMib * MIB,
    maxTotalBytes: keptTotalMib * MIB,
    keepMs: keptMinutes * 60_000,
  }
}

/** A request whose answer will be kept. */
export interface KeepRequest {
  readonly requestId: string
  readonly principal: Principal
  readonly grant: Grant
  readonly name: KeptName
  /** Digest of method, target and body. */
  readonly digest: string
  readonly model: string | null
  readonly shape: BodyShape
}

/** An answer with the request that it belongs to. */
export interface KeptEntry {
  readonly request: KeepRequest
  readonly answer: KeptAnswer
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** `null` while it runs. */
  endedAt: number | null
  /** Its length when its timer last expired. */
  seenBytes: number
  timer: Timer | undefined
}

export interface KeptAnswersOptions {
  readonly clock: Clock
  /** Read at each use, since settings change. */
  readonly limits: () => KeptLimits
  /** A finished answer is kept until this time (milliseconds since the epoch), or no longer (`null`). */
  readonly onKept: (requestId: string, until: number | null) => void
}

const MIB = 1024 * 1024
/** Answers of one key, running ones included. */
export const MAX_ANSWERS_OF_KEY = 32
export const MAX_ANSWERS = 256
/** Kept answers end less soon than ordinary requests. */
const RETRY_S = 5

/** Kept answers by the key that requested them. In memory only. */
export class KeptAnswers {
  readonly #options: KeptAnswersOptions
  readonly #memory: BodyMemory
  /** By grant id, then by name; oldest first. No inner map is empty. */
  readonly #byKey = new Map<string, Map<string, KeptEntry>>()
  #answersMade = 0

  constructor(options: KeptAnswersOptions) {
    this.#options = options
    // One answer per allowance, since the limit applies to each answer.
    this.#memory = new BodyMemory({
      get maxOwnerBytes() {
        return options.limits().maxAnswerBytes
      },
      get maxTotalBytes() {
        return options.limits().maxTotalBytes
      },
    })
  }

  get count(): number {
    return this.#entries().length
  }

  get heldBytes(): number {
    return this.#memory.takenBytes
  }

  has(grantId: string, name: string): boolean {
    return this.#byKey.get(grantId)?.has(name) === true
  }

  /**
   * The finished or running answer to this request. A failed one is forgotten, so that the request runs again.
   * @throws AppError KEPT_NAME_REUSED if the name belongs to another request
   */
  join({ grant, name, digest }: KeepRequest): KeptEntry | undefined {
    const entry = this.#byKey.get(grant.id)?.get(name.text)
    if (entry === undefined) return undefined
    const isSame = entry.request.digest === digest
    if (!isSame && !name.isConversation) throw new AppError('KEPT_NAME_REUSED')
    if (isSame && entry.answer.state !== 'failed') return entry
    this.#drop(entry)
    return undefined
  }

  /** Begins an answer whose name is free. @throws AppError TOO_MANY_STREAMS if as many as possible are running */
  create(request: KeepRequest): KeptEntry {
    this.#makePlace(request.grant.id)
    const { clock } = this.#options
    const id = this.#answersMade++
    const memory = this.#memory.open(String(id))
    const startedAt = clock.now()
    const entry: KeptEntry = {
      request,
      startedAt,
      endedAt: null,
      seenBytes: 0,
      timer: undefined,
      answer: new KeptAnswer({
        // Unique across restarts.
        tag: `"${startedAt.toString(36)}-${id.toString(36)}"`,
        memory: this.#memoryFor(memory),
        onEnd: () => this.#ended(entry),
        onRelease: () => this.#forget(entry),
      }),
    }
    const entries = this.#byKey.get(request.grant.id) ?? new Map<string, KeptEntry>()
    this.#byKey.set(request.grant.id, entries.set(request.name.text, entry))
    this.#arm(entry, this.#options.limits().keepMs)
    return entry
  }

  /** @throws AppError KEPT_NOT_FOUND, and as `checkKeptModel` does: permissions may have changed since */
  find(grant: Grant, name: string): KeptEntry {
    const entry = this.#byKey.get(grant.id)?.get(name)
    if (entry === undefined) throw new AppError('KEPT_NOT_FOUND')
    checkKeptModel(grant, entry.request.model)
    return entry
  }

  /** The answers of one key, oldest first. */
  list(grant: Grant): readonly KeptEntry[] {
    return [...(this.#byKey.get(grant.id)?.values() ?? [])]
  }

  /** Stops the model server and forgets the answer. @throws AppError KEPT_NOT_FOUND */
  stop(grant: Grant, name: string): void {
    const entry = this.#byKey.get(grant.id)?.get(name)
    if (entry === undefined) throw new AppError('KEPT_NOT_FOUND')
    this.#drop(entry)
  }

  /** Drops the answers of principals that are no longer allowed. */
  enforce(isAllowed: (principal: Principal) => boolean): void {
    for (const entry of this.#entries()) if (!isAllowed(entry.request.principal)) this.#drop(entry)
  }

  /** Drops everything, and stops what is running. */
  clear(): void {
    for (const entry of this.#entries()) this.#drop(entry)
  }

  #entries(): readonly KeptEntry[] {
    return [...this.#byKey.values()].flatMap((entries) => [...entries.values()])
  }

  #drop({ answer }: KeptEntry): void {
    answer.stop(new AppError('KEPT_STOPPED'))
    answer.release()
  }

  #ended(entry: KeptEntry): void {
    // A refused answer was released when its head arrived.
    if (!entry.answer.isKept) return
    const { clock, limits, onKept } = this.#options
    const { keepMs } = limits()
    entry.endedAt = clock.now()
    this.#arm(entry, keepMs)
    onKept(entry.request.requestId, entry.endedAt + keepMs)
  }

  #forget({ request, timer, endedAt }: KeptEntry): void {
    timer?.cancel()
    const entries = this.#byKey.get(request.grant.id)
    entries?.delete(request.name.text)
    if (entries?.size === 0) this.#byKey.delete(request.grant.id)
    if (endedAt !== null) this.#options.onKept(request.requestId, null)
  }

  #arm(entry: KeptEntry, delayMs: number): void {
    entry.timer?.cancel()
    entry.timer = this.#options.clock.after(delayMs, () => this.#expire(entry))
  }

  /** A running answer expires only if it neither moves nor has a reader. */
  #expire(entry: KeptEntry): void {
    const { answer } = entry
    const { keepMs } = this.#options.limits()
    const isWanted = answer.readerCount > 0 || answer.totalBytes !== entry.seenBytes
    entry.seenBytes = answer.totalBytes
    if (answer.state === 'running' && isWanted) this.#arm(entry, keepMs)
    else answer.release()
  }

  /** @throws AppError TOO_MANY_STREAMS */
  #makePlace(grantId: string): void {
    const own = this.#byKey.get(grantId)?.size ?? 0
    const isPlaced =
      (own < MAX_ANSWERS_OF_KEY || this.#evict(grantId)) && (this.count < MAX_ANSWERS || this.#evict())
    if (!isPlaced)
      throw new AppError(
        'TOO_MANY_STREAMS',
        'The maximum number of kept answers is still running. Wait for one to finish, or omit Idempotency-Key.',
        { retryAfterS: RETRY_S },
      )
  }

  #memoryFor(memory: BodyAllowance): AnswerMemory {
    return {
      take: (bytes) => {
        while (!memory.tryTake(bytes)) {
          const isOverOwnLimit = memory.takenBytes + bytes > this.#options.limits().maxAnswerBytes
          if (isOverOwnLimit || !this.#evict()) memory.take(bytes)
        }
      },
      tryTake: (bytes) => memory.tryTake(bytes),
      giveBack: (bytes) => memory.giveBack(bytes),
      close: () => memory.close(),
    }
  }

  /**
   * Drops the oldest finished answer without readers: of one key, or of the key whose finished answers use the most memory.
   * @returns whether there was one
   */
  #evict(grantId = this.#largestKey()): boolean {
    const ended = this.#evictable(this.#byKey.get(grantId))
    ended[0]?.answer.release()
    return ended.length > 0
  }

  #largestKey(): string {
    const sizes = [...this.#byKey].map(([id, entries]) => {
      const ended = this.#evictable(entries)
      return { id, bytes: ended.reduce((sum, { answer }) => sum + answer.heldBytes, ended.length) }
    })
    return sizes.toSorted((a, b) => b.bytes - a.bytes)[0]?.id ?? ''
  }

  #evictable(entries: ReadonlyMap<string, KeptEntry> | undefined): KeptEntry[] {
    return [...(entries?.values() ?? [])].filter(
      ({ answer }) => answer.state !== 'running' && answer.readerCount === 0,
    )
  }
}
