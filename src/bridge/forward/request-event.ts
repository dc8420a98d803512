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

interface RequestFigures {
  readonly model: string | null
  /** `null` where there is no answer yet, or the client went away before there was one. */
  readonly status: number | null
  readonly bytesIn: number
  readonly bytesOut: number
  /** While it runs: about as many as there were records of the stream. */
  readonly tokens: number | null
  readonly tokensPerS: number | null
}

/** What a request does, for the activity view and the log. Never content: a model's name is all that is taken from a body. */
export type RequestEvent =
  | (RequestFacts & { readonly type: 'start' })
  /** When its model is known, and at most once a second while bytes move. */
  | (RequestFacts & RequestFigures & { readonly type: 'progress' })
  | (RequestFacts &
      RequestFigures & {
        readonly type: 'finish'
        /** Why it was refused or broke off; `null` where the answer is the upstream's own and complete. */
        readonly error: ErrorCode | 'CANCELLED' | null
        readonly durationMs: number
      })
