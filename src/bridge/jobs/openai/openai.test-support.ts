import { onTestFinished, vi } from 'vitest'
import { PATIENCE_MS } from '../../../../e2e/support/patience.ts'
import type { KeyDigest, OwnerId } from '../../../shared/brands.ts'
import { silentLogger } from '../../../shared/logger.ts'
import { forwarderFor } from '../../forward/forwarder.test-support.ts'
import type { MemoryStream } from '../../forward/memory-stream.test-support.ts'
import { testGrant } from '../../policy/grant.test-support.ts'
import { JobStore } from '../job-store.ts'
import { LIMITS } from '../jobs.test-support.ts'
import { BatchRoutes } from './batch-routes.ts'
import { Batches } from './batches.ts'
import { FileRoutes } from './file-routes.ts'
import { FileStage } from './file-store.test-support.ts'
import { OpenAiRoutes } from './openai-routes.ts'
import { ResponseRoutes } from './response-routes.ts'
import { ResponseEventTable } from './response-event-table.ts'
import { Responses } from './responses.ts'

const KEEP_S = 3_600

interface Sent {
  readonly body?: string
  readonly by?: string
  readonly headers?: readonly string[]
}

/** OpenAI's surface over stores in a temporary directory, without a model server. For tests only. */
export class OpenAiStage {
  readonly files: FileStage
  readonly store: JobStore
  readonly batches: Batches
  readonly responses: Responses
  readonly #accept: ReturnType<typeof forwarderFor>['open']

  private constructor(
    files: FileStage,
    store: JobStore,
    batches: Batches,
    responses: Responses,
    accept: ReturnType<typeof forwarderFor>['open'],
  ) {
    this.files = files
    this.store = store
    this.batches = batches
    this.responses = responses
    this.#accept = accept
  }

  static async open(stage?: FileStage): Promise<OpenAiStage> {
    const files = stage ?? (await FileStage.open())
    const { database, clock } = files
    const fileStore = await files.store()
    const store = new JobStore({ database, clock, limits: () => LIMITS })
    const batches = new Batches({ store, files: fileStore, clock, logger: silentLogger, keepS: () => KEEP_S })
    const responses = new Responses(store, new ResponseEventTable(database))
    // As the runner does.
    const endAll = (): void => {
      for (const job of store.unsettled()) {
        if (job.type === 'response') responses.end(job)
        const ended = job.type === 'batch' ? batches.end(job) : Promise.resolve()
        ended.then(
          () => store.settle(job.n),
          () => {},
        )
      }
    }
    batches.start()
    endAll()
    const unwatch = store.watch(endAll)
    onTestFinished(() => {
      unwatch()
      return batches.stop()
    })
    const routes = new OpenAiRoutes({
      ownerId: () => 'me',
      files: new FileRoutes(fileStore, () => KEEP_S),
      batches: new BatchRoutes(batches, store),
      responses: new ResponseRoutes(responses),
    })
    // Requests that no part takes would go there.
    const upstream = { baseUrl: 'http://127.0.0.1:9', kind: 'openai' } as const
    const { open } = forwarderFor(upstream, {
      localRoutes: [routes],
      grantFor: (principal) =>
        principal.kind === 'owner'
          ? testGrant({ id: 'owner', name: 'owner' })
          : testGrant({ id: principal.digest, name: principal.digest }),
    })
    return new OpenAiStage(files, store, batches, responses, open)
  }

  /** Sends a complete request. @param by a key, or the owner */
  open(method: string, target: string, { body = '', by = 'k1', headers = [] }: Sent = {}): MemoryStream {
    const principal =
      by === 'owner'
        ? ({ kind: 'owner', subject: 'me' as OwnerId } as const)
        : ({ kind: 'key', digest: by as KeyDigest } as const)
    const stream = this.#accept(method, target, { hasBody: body !== '', principal, headers })
    if (body !== '') {
      stream.push(Buffer.from(body))
      stream.sendEnd()
    }
    return stream
  }

  async ask(method: string, target: string, sent: Sent = {}) {
    const stream = this.open(method, target, sent)
    await stream.over()
    const text = stream.body.toString()
    return { status: stream.head?.status, text, json: () => JSON.parse(text), stream }
  }

  async upload(content: string, { by = 'k1', purpose = 'batch', headers: more = [] as string[] } = {}) {
    const form = new FormData()
    form.append('file', new Blob([content]), 'input.jsonl')
    form.append('purpose', purpose)
    const sent = new Response(form)
    const headers = ['Content-Type', sent.headers.get('content-type') ?? '', ...more]
    return this.ask('POST', '/v1/files', { headers, body: await sent.text(), by })
  }

  /** Polls until the function returns something. */
  until<T>(find: () => Promise<T | undefined> | T | undefined) {
    return vi.waitUntil(find, { timeout: PATIENCE_MS, interval: 1 })
  }
}
