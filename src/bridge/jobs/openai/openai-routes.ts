import type { AuthorizedRequest, LocalAnswer, LocalRequest, LocalRoutes } from '../../forward/local-answer.ts'
import type { BatchRoutes } from './batch-routes.ts'
import type { FileRoutes } from './file-routes.ts'
import { OpenAiFault } from './openai-fault.ts'
import { callerOf, jsonAnswer, toOpenAiRequest } from './openai-request.ts'
import type { ResponseRoutes } from './response-routes.ts'

export interface OpenAiRoutesOptions {
  /** The owner of this device; empty if it has none. */
  readonly ownerId: () => string
  readonly files: FileRoutes
  readonly batches: BatchRoutes
  readonly responses: ResponseRoutes
}

/** OpenAI's paths that the bridge serves itself, with OpenAI's errors. */
export class OpenAiRoutes implements LocalRoutes {
  readonly #options: OpenAiRoutesOptions

  constructor(options: OpenAiRoutesOptions) {
    this.#options = options
  }

  reply(request: LocalRequest): Promise<LocalAnswer> | undefined {
    const { ownerId } = this.#options
    const part = this.#partFor(request.route.path)
    return part && withFaults(part.reply(toOpenAiRequest(request, ownerId())))
  }

  takeOver(request: AuthorizedRequest): Promise<LocalAnswer | undefined> | undefined {
    const { ownerId, responses } = this.#options
    const taken = responses.takeOver(request, () => callerOf(request, ownerId()))
    return taken && withFaults(taken)
  }

  #partFor(path: string): Pick<FileRoutes, 'reply'> | undefined {
    if (path.startsWith('/v1/files')) return this.#options.files
    if (path.startsWith('/v1/batches')) return this.#options.batches
    if (path.startsWith('/v1/responses/')) return this.#options.responses
    return undefined
  }
}

/** A fault is an ordinary response. */
async function withFaults<T extends LocalAnswer | undefined>(reply: Promise<T>): Promise<T | LocalAnswer> {
  try {
    return await reply
  } catch (cause) {
    if (cause instanceof OpenAiFault) return jsonAnswer(cause, cause.status)
    throw cause
  }
}
