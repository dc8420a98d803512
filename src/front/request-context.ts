import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MonotonicMs } from '../shared/brands.ts'
import type { Dialect } from '../shared/dialect.ts'
import type { RawHeaders } from '../shared/headers.ts'
import type { ClientAddress } from './client-address.ts'
import type { ClientRequest } from './request-target.ts'

/** Header of requests passed on by another replica, and of their refusals. */
export const HOP_FIELD = 'x-ctl-hop'

/** Facts from the authenticated replica that passed on a request. */
export interface ReplicaPass {
  readonly requestId: string
  readonly clientAddress: string
  /** The client waits for "100 Continue". */
  readonly expectsContinue: boolean
  /** That replica has counted the request and its credential failures. */
  readonly isCounted?: boolean | undefined
}

/** The client that sent a request, as limits and logs see it. */
export interface ClientOrigin {
  readonly clientAddress: ClientAddress
  /** The network that limits count the client by; `undefined` if exempt. */
  readonly countedAs: string | undefined
}

/** Facts about a request that are independent of its target. */
export interface RequestFacts extends ClientOrigin {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Correlates the log lines of one request; every response has it as `x-request-id`. */
  readonly id: string
  /** Start of the request's figures and of its wait for a device. */
  readonly receivedAt: MonotonicMs
  /** `undefined` if the client itself sent the request here. */
  readonly pass: ReplicaPass | undefined
  readonly dialect: Dialect
  /** Headers of every response: CORS, and those of the server. */
  readonly commonHeaders: RawHeaders
  /** The client waits for "100 Continue" before it sends its body. */
  readonly expectsContinue: boolean
}

/** A request's facts, target and credential, determined once at the front. */
export type RequestContext = RequestFacts & ClientRequest

type ContextOf<Kind extends ClientRequest['kind']> = RequestFacts & Extract<ClientRequest, { kind: Kind }>
export type UpstreamContext = ContextOf<'upstream'>
export type OwnContext = ContextOf<'own'>
