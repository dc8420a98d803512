import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import type { Logger } from '../shared/logger.ts'
import { isTrusted, networkOf } from './client-address.ts'

/** Strangers can send the field as well: they shall not fill the log. */
const MAX_TOLD = 5

/** Tells the operator of peers whose X-Forwarded-For is passed over: usually a reverse proxy that nobody has named. */
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
      'X-Forwarded-For from this peer is passed over: put your reverse proxy into TRUSTED_PROXIES',
    )
  }
}
