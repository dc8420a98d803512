import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MonotonicMs } from '../shared/brands.ts'
import type { Dialect } from '../shared/dialect.ts'
import type { RawHeaders } from '../shared/headers.ts'
import type { ClientAddress } from './client-address.ts'
import type { ClientRequest } from './request-target.ts'

/** The field of a request that another replica passed on, and of the refusal that it gets. */
export const HOP_FIELD = 'x-ctl-hop'

/** What another replica, which has proved itself, says of a request that it passes on. */
export interface ReplicaPass {
  readonly requestId: string
  readonly clientAddress: string
  /** The client waits for "100 Continue". */
  readonly expectsContinue: boolean
  /** That replica has counted the request, and judged whether somebody guesses. */
  readonly isCounted?: boolean | undefined
}

/** Facts about a request that do not depend on its target. */
export interface RequestFacts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Joins the log lines of one request; every answer has it as `x-request-id`. */
  readonly id: string
  /** Timeouts count from here. */
  readonly receivedAt: MonotonicMs
  readonly clientAddress: ClientAddress
  /** The network that limits count the client by; `undefined` = not to be limited by address. */
  readonly countedAs: string | undefined
  /** `undefined`: the client itself sent the request here. */
  readonly pass: ReplicaPass | undefined
  readonly dialect: Dialect
  /** CORS fields of every answer. */
  readonly cors: RawHeaders
  /** The client waits for "100 Continue" before it sends its body. */
  readonly expectsContinue: boolean
}

/** One request: its facts, target and credential, settled once at the front and handed on. */
export type RequestContext = RequestFacts & ClientRequest

type ContextOf<Kind extends ClientRequest['kind']> = RequestFacts & Extract<ClientRequest, { kind: Kind }>
export type UpstreamContext = ContextOf<'upstream'>
export type OwnContext = ContextOf<'own'>
