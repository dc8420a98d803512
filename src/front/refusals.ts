import type { Duplex } from 'node:stream'
import type { Clock } from '../shared/clock.ts'
import type { AppError } from '../shared/errors.ts'
import type { RawHeaders } from '../shared/headers.ts'
import { redactText } from '../shared/redact.ts'
import type { ClientAddress } from './client-address.ts'
import { errorResponse, rawErrorResponse } from './error-response.ts'
import { HOP_FIELD, type RequestContext } from './request-context.ts'

/** A refused request or connection. */
export interface Refused {
  readonly requestId: string
  readonly error: AppError
  /** `undefined` if no request could be parsed. */
  readonly method: string | undefined
  /** Without query, key and other secrets. */
  readonly path: string
  readonly clientAddress: ClientAddress
}

/** Notified of each response that is not an upstream's. */
export interface FrontObserver {
  refused(refused: Refused): void
  /** @param route the name of one of our own routes, or `preflight` */
  answered(requestId: string, route: string): void
}

/** Time for a client to read the final response on its socket. */
export const LINGER_MS = 2_000
const MAX_PATH_CHARS = 256

/** Refuses requests: the only place that responds with an error and reports it to log, metrics and audit. */
export class Refusals {
  readonly #observer: FrontObserver
  readonly #clock: Clock

  constructor(observer: FrontObserver, clock: Clock) {
    this.#observer = observer
    this.#clock = clock
  }

  /** @param fields additional response headers */
  refuse(context: RequestContext, error: AppError, fields: RawHeaders = []): void {
    const { request, response, id, pass, commonHeaders, dialect, path, clientAddress } = context
    // Refusing a replica's query does not concern the client.
    if (context.kind !== 'own' || pass?.isCounted !== true)
      this.#tell({ requestId: id, error, method: request.method, path, clientAddress })
    if (response.headersSent || response.destroyed) return void response.destroy()
    const { status, headers, body } = errorResponse(dialect, error)
    const forReplica = pass === undefined ? [] : [HOP_FIELD, error.code]
    response.writeHead(status, [...headers, ...fields, ...commonHeaders, ...forReplica, 'x-request-id', id])
    response.end(body)
  }

  /** The same on a socket without a response object, which is then closed. */
  refuseSocket(socket: Duplex, refused: Refused): void {
    this.#tell(refused)
    if (!socket.writable) return
    socket.on('error', () => {})
    socket.end(rawErrorResponse(refused.error, refused.requestId))
    const timer = this.#clock.after(LINGER_MS, () => socket.destroy())
    socket.on('close', () => timer.cancel())
  }

  #tell(refused: Refused): void {
    this.#observer.refused({ ...refused, path: redactText(refused.path).slice(0, MAX_PATH_CHARS) })
  }
}
