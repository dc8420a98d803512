import { headerOf } from '../../../shared/headers.ts'
import { streamedAnswer, type LocalAnswer } from '../../forward/local-answer.ts'
import { keptNameIn } from '../../kept/kept-name.ts'
import { newJobId } from '../job-id.ts'
import { UPLOAD_PURPOSES, toFileObject } from './file-record.ts'
import type { FileStore } from './file-store.ts'
import { pageQueryIn, toListObject } from './list-page.ts'
import { invalid } from './openai-fault.ts'
import { jsonAnswer, type OpenAiRequest } from './openai-request.ts'
import { receiveUpload } from './upload.ts'

/** Never shown as a page: the relay's origin has its own page. */
const CONTENT_HEADERS = [
  'Content-Type',
  'application/octet-stream',
  'Content-Disposition',
  'attachment',
  'X-Content-Type-Options',
  'nosniff',
]
/** OpenAI's limits of a page. */
const PAGE = { byDefault: 10_000, max: 10_000 }
const LISTED_PURPOSES = [...UPLOAD_PURPOSES, 'batch_output']

/** `/v1/files`, as OpenAI has it. */
export class FileRoutes {
  readonly #files: FileStore
  readonly #keepS: () => number

  /** @param keepS lifetime of files whose client does not choose one, in seconds */
  constructor(files: FileStore, keepS: () => number) {
    this.#files = files
    this.#keepS = keepS
  }

  /** @throws OpenAiFault, AppError */
  async reply(request: OpenAiRequest): Promise<LocalAnswer> {
    const { head, route, caller, id } = request
    switch (route.path) {
      case '/v1/files':
        return head.method === 'POST' ? this.#upload(request) : this.#list(request)
      case '/v1/files/:id/content':
        return this.#content(request)
      default:
        if (head.method !== 'DELETE') return jsonAnswer(toFileObject(this.#files.get(caller.scope, id)))
        await this.#files.delete(caller.scope, id)
        return jsonAnswer({ id, object: 'file', deleted: true })
    }
  }

  async #upload({ head, caller, body }: OpenAiRequest): Promise<LocalAnswer> {
    const type = headerOf(head.headers, 'content-type')
    const incoming = this.#files.receive(caller.fileOwner, newJobId('file-'), keptNameIn(head.headers))
    return jsonAnswer(toFileObject(await receiveUpload(type, body, incoming, this.#keepS())))
  }

  #list({ caller, query }: OpenAiRequest): LocalAnswer {
    const page = pageQueryIn(query, PAGE)
    const purpose = query.get('purpose') || null
    if (purpose !== null && !LISTED_PURPOSES.includes(purpose))
      throw invalid('purpose', `one of ${LISTED_PURPOSES.join(', ')}`)
    const files = this.#files.list(caller.scope, purpose, page)
    return jsonAnswer(toListObject(files.slice(0, page.limit), files.length > page.limit, toFileObject))
  }

  async #content({ caller, id }: OpenAiRequest): Promise<LocalAnswer> {
    const { record, content } = await this.#files.open(caller.scope, id)
    return streamedAnswer({
      status: 200,
      headers: [...CONTENT_HEADERS, 'Content-Length', String(record.bytes)],
      shape: 'opaque',
      source: content,
    })
  }
}
