import { pause, type Clock } from '../../../shared/clock.ts'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { isFinal } from '../../../shared/jobs.ts'
import type { Logger } from '../../../shared/logger.ts'
import { newJobId } from '../job-id.ts'
import type { NewItem } from '../job-items.ts'
import type { NamedRequest } from '../named-request.ts'
import { toJobError, type JobRecord } from '../job-record.ts'
import type { JobScope } from '../job-queries.ts'
import type { JobStore } from '../job-store.ts'
import { BatchLines } from './batch-files.ts'
import { batchRequestsIn, InvalidBatchInput, type BatchInputError } from './batch-input.ts'
import { batchDetailOf, isSettled, newBatchDetail, type BatchDetail } from './batch-record.ts'
import type { BatchOrder } from './batch-request.ts'
import type { FileStore } from './file-store.ts'
import type { OpenAiCaller } from './openai-request.ts'
import { notFound, OpenAiFault } from './openai-fault.ts'

export interface BatchesOptions {
  readonly store: JobStore
  readonly files: FileStore
  readonly clock: Clock
  readonly logger: Logger
  /** Lifetime of output files whose client does not choose one, in seconds. */
  readonly keepS: () => number
}

/** An input is read no further once its batch was cancelled, which is looked up so often. */
const LOOK_EVERY_REQUESTS = 500
/** After a full disk, for example. */
const RETRY_MS = 60_000
/** The input was authorized when the batch was created. */
const DEVICE: JobScope = { kind: 'device' }

class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/**
 * Batches before and after their requests run: reads the input of a new one into the store, and writes the files of a finished one. Both
 * are repeated from the beginning if the process ends in between.
 */
export class Batches {
  readonly #options: BatchesOptions
  /** One batch at a time, since each reads or writes a file of any size. */
  #work: Promise<void> = Promise.resolve()
  readonly #filling = new Set<number>()
  #unwatch: (() => void) | undefined

  constructor(options: BatchesOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#unwatch !== undefined) return
    const { store } = this.#options
    this.#unwatch = store.watch((n) => this.#look(n))
    for (const { n } of store.unfilled()) this.#look(n)
  }

  /** Stops reading and writing; the rest is repeated after the next start. Resolves once nothing is in progress. */
  async stop(): Promise<void> {
    this.#unwatch?.()
    this.#unwatch = undefined
    await this.#work
  }

  /** @throws OpenAiFault, AppError TOO_MANY_JOBS, JOB_STORAGE_FULL, KEPT_NAME_REUSED */
  create(order: BatchOrder, caller: OpenAiCaller, name?: NamedRequest): JobRecord {
    const { store, files, clock } = this.#options
    const { purpose } = files.get(caller.scope, order.inputFileId, 'input_file_id')
    if (purpose !== 'batch')
      throw new OpenAiFault(
        400,
        `The input file has the purpose ${purpose}. Upload it with the purpose batch.`,
        {
          code: 'invalid_file_purpose',
          param: 'input_file_id',
        },
      )
    const { ownerId, grant } = caller
    return store.create(
      {
        type: 'batch',
        ownerId,
        grant,
        caller: caller.caller,
        model: null,
        expiresAt: clock.now() + order.windowS * 1000,
        detail: newBatchDetail(order),
        name,
      },
      null,
    )
  }

  /** @throws OpenAiFault if there is no such batch */
  get({ scope }: OpenAiCaller, id: string): JobRecord {
    const record = visible(() => this.#options.store.get(scope, id))
    if (record?.type !== 'batch') throw notFound('Batch', id, 'batch_id')
    return record
  }

  /** @throws OpenAiFault if there is no such batch, or it has ended */
  cancel(caller: OpenAiCaller, id: string): JobRecord {
    const { store, clock } = this.#options
    const record = this.get(caller, id)
    if (record.state === 'cancelled') return record
    if (isFinal(record.state))
      throw new OpenAiFault(409, `Cannot cancel a batch with status '${record.state}'.`, {
        param: 'batch_id',
      })
    store.setDetail(record.n, { ...batchDetailOf(record), cancelledAt: clock.now() })
    store.cancel(record.n)
    return this.get(caller, id)
  }

  /** Writes the files of a batch that has ended. May be repeated. Resolves once they are complete: a full disk is waited for. */
  async end(record: JobRecord): Promise<void> {
    const { clock, logger } = this.#options
    for (let isSettled = false; !isSettled;) {
      const settled = this.#work.then(() => this.#settle(record))
      this.#work = settled.catch(() => {})
      isSettled = await settled.then(
        () => true,
        (cause: unknown) => {
          if (!(cause instanceof Interrupted))
            logger.warn({ err: toAppError(cause) }, 'the files of a batch could not be written')
          return false
        },
      )
      if (!isSettled) await pause(clock, RETRY_MS)
    }
  }

  #look(n: number): void {
    const record = this.#options.store.find(n)
    if (this.#isStopped || this.#filling.has(n) || record?.type !== 'batch') return
    if (record.isFilled || isFinal(record.state)) return
    this.#filling.add(n)
    this.#work = this.#work.then(() => this.#run(n))
  }

  get #isStopped(): boolean {
    return this.#unwatch === undefined
  }

  /** Never rejects. */
  async #run(n: number): Promise<void> {
    const { clock, logger, store } = this.#options
    try {
      const record = this.#isStopped ? undefined : store.find(n)
      if (record !== undefined && !isFinal(record.state)) await this.#fill(record)
    } catch (cause) {
      if (this.#isStopped) return
      logger.warn({ err: toAppError(cause) }, 'the input of a batch could not be stored')
      clock.after(RETRY_MS, () => this.#look(n))
    } finally {
      this.#filling.delete(n)
    }
  }

  async #fill(record: JobRecord): Promise<void> {
    const { store, files, clock } = this.#options
    const { n } = record
    const { order } = batchDetailOf(record)
    try {
      const { content } = await files.open(DEVICE, order.inputFileId, 'input_file_id')
      await store.items.fill(n, this.#itemsOf(n, content(), order))
      // Errors of an earlier attempt, before the job was retried.
      this.#patch(n, { filledAt: clock.now(), errors: null })
    } catch (cause) {
      if (cause instanceof Interrupted) return
      const errors = errorsOf(cause)
      store.items.drop(n)
      this.#patch(n, { errors })
      store.fail(n, toJobError(errors[0]?.code ?? '', errors[0]?.message ?? ''))
    }
  }

  async *#itemsOf(n: number, content: AsyncIterable<Uint8Array>, order: BatchOrder): AsyncGenerator<NewItem> {
    let count = 0
    for await (const { customId, body, model } of batchRequestsIn(content, order.endpoint)) {
      if (count === 0) this.#options.store.setModel(n, model)
      if (count++ % LOOK_EVERY_REQUESTS === 0) this.#checkWanted(n)
      yield { customId, path: order.endpoint, body }
    }
    this.#checkWanted(n)
  }

  #checkWanted(n: number): void {
    const record = this.#options.store.find(n)
    if (this.#isStopped || record === undefined || isFinal(record.state)) throw new Interrupted()
  }

  async #settle({ n: number }: JobRecord): Promise<void> {
    const { store, clock } = this.#options
    const record = store.find(number)
    if (this.#isStopped) throw new Interrupted()
    if (record === undefined || isSettled(record)) return
    const { n, counts, state, isFilled } = record
    if (!isFilled) store.items.drop(n)
    const { outputFileId, errorFileId } = batchDetailOf(record)
    const isCutOff = isFilled && (state === 'cancelled' || state === 'expired')
    const hasErrors = counts.failed > 0 || (isCutOff && counts.completed < counts.total)
    const ids = {
      outputFileId: counts.completed > 0 ? (outputFileId ?? newJobId('file-')) : null,
      errorFileId: hasErrors ? (errorFileId ?? newJobId('file-')) : null,
    }
    this.#patch(n, ids)
    const lines = new BatchLines(store, record)
    await this.#write(record, ids.outputFileId, 'output', lines.output())
    await this.#write(record, ids.errorFileId, 'error', lines.errors())
    this.#patch(n, { settledAt: clock.now(), usage: lines.usage })
  }

  async #write(
    record: JobRecord,
    id: string | null,
    kind: 'output' | 'error',
    lines: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    if (id === null) return
    const { files, keepS } = this.#options
    const { ownerId, grantId } = record
    const file = files.produce({ ownerId, grantId }, id)
    try {
      await file.fill(lines)
      await file.keep({
        filename: `${record.id}_${kind}.jsonl`,
        purpose: 'batch_output',
        expiresAfterS: batchDetailOf(record).order.outputExpiresS ?? keepS(),
      })
    } catch (cause) {
      await file.drop()
      throw cause
    }
  }

  #patch(n: number, change: Partial<BatchDetail>): void {
    const record = this.#options.store.find(n)
    if (record !== undefined) this.#options.store.setDetail(n, { ...batchDetailOf(record), ...change })
  }
}

/** @throws the cause if the input is not to blame */
function errorsOf(cause: unknown): readonly BatchInputError[] {
  if (cause instanceof InvalidBatchInput) return cause.errors
  if (cause instanceof OpenAiFault)
    return [{ code: cause.code ?? 'invalid_value', line: null, message: cause.message, param: cause.param }]
  if (cause instanceof AppError && cause.code === 'JOB_STORAGE_FULL')
    return [{ code: cause.code, line: null, message: cause.message, param: null }]
  throw cause
}

/** `undefined` if the caller may not see the job. */
export function visible(find: () => JobRecord): JobRecord | undefined {
  try {
    return find()
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'JOB_NOT_FOUND') return undefined
    throw cause
  }
}
