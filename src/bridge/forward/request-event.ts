import type { ErrorCode } from '../../shared/errors.ts'

interface RequestFacts {
  /** Correlates the logs of both ends. */
  readonly requestId: string
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Name of the key; `null` for a request without a valid one. */
  readonly key: string | null
}

interface RequestFigures {
  readonly model: string | null
  /** `null` without a response, or if the client disconnected before one. */
  readonly status: number | null
  readonly bytesIn: number
  readonly bytesOut: number
  /** While running, approximately the number of stream records. */
  readonly tokens: number | null
  readonly tokensPerS: number | null
}

/** Progress of a request, for the activity view and the log. Contains no content except the model name. */
export type RequestEvent =
  | (RequestFacts & { readonly type: 'start' })
  /** Sent when the model is known, and at most once a second while bytes are transferred. */
  | (RequestFacts & RequestFigures & { readonly type: 'progress' })
  | (RequestFacts &
      RequestFigures & {
        readonly type: 'finish'
        /** The error that refused or aborted the request; `null` if the response is complete and the upstream's own. */
        readonly error: ErrorCode | 'CANCELLED' | null
        readonly durationMs: number
      })
  /** Its answer is kept for the client, or no longer. */
  | {
      readonly type: 'kept'
      readonly requestId: string
      /** Milliseconds since the epoch; `null` = no longer. */
      readonly until: number | null
    }

export type FinishedRequest = Extract<RequestEvent, { readonly type: 'finish' }>

/** The same fields as the relay's log line of this name, correlated by request id. */
export function toLogFields(finished: FinishedRequest): object {
  const { requestId, method, path, status, bytesIn, bytesOut, error, durationMs } = finished
  return { requestId, method, path, status, bytesIn, bytesOut, error, totalMs: durationMs }
}
