import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import type { Logger } from '../shared/logger.ts'
import { isTrusted, networkOf } from './client-address.ts'

/** Bounded, since anyone can send the header. */
const MAX_TOLD = 5

/** Warns the operator about peers whose X-Forwarded-For is ignored: usually an unlisted reverse proxy. */
export class ForwardingWatch {
  readonly #trusted: BlockList
  readonly #logger: Logger
  readonly #told = new Set<string>()

  constructor(trusted: BlockList, logger: Logger) {
    this.#trusted = trusted
    this.#logger = logger
  }

  note(request: IncomingMessage): void {
    if (request.headers['x-forwarded-for'] === undefined || this.#told.size >= MAX_TOLD) return
    const peer = networkOf(request.socket.remoteAddress ?? '')
    if (this.#told.has(peer) || isTrusted(request.socket.remoteAddress ?? '', this.#trusted)) return
    this.#told.add(peer)
    this.#logger.warn(
      { peer },
      'X-Forwarded-For from this peer ignored: add your reverse proxy to TRUSTED_PROXIES',
    )
  }
}
