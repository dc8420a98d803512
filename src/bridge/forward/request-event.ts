import type { ErrorCode } from '../../shared/errors.ts'

interface RequestFacts {
  /** Joins the logs of both ends. */
  readonly requestId: string
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Name of the key; `null` where the request came without a valid one. */
  readonly key: string | null
}

/** What a request did, for the activity view and the log. Never content: a model's name is all that is taken from a body. */
export type RequestEvent =
  | (RequestFacts & { readonly type: 'start' })
  | (RequestFacts & {
      readonly type: 'finish'
      readonly model: string | null
      /** `null` where the client went away before there was an answer. */
      readonly status: number | null
      /** Why it was refused or broke off; `null` where the answer is the upstream's own and complete. */
      readonly error: ErrorCode | 'CANCELLED' | null
      readonly durationMs: number
      readonly bytesIn: number
      readonly bytesOut: number
      readonly tokens: number | null
      readonly tokensPerS: number | null
    })
