import type { Wording } from './words.ts'

/** The rough cause of an error; determines the icon, the exit code and who can fix it. */
export type ErrorKind =
  | 'auth'
  | 'network'
  | 'protocol'
  | 'upstream'
  | 'policy'
  | 'limit'
  | 'config'
  | 'internal'

/** Whether the same attempt may succeed later: immediately, after a pause, or only after a change. */
export type Retry = 'now' | 'backoff' | 'never'

/** One row of the error table. */
export interface ErrorEntry {
  readonly kind: ErrorKind
  readonly retry: Retry
  /** HTTP status, if the error is the response to a request. */
  readonly status?: number
  /** WebSocket close code, if the error ends a carrier (4000-4999: ours, RFC 6455 section 7.4.2). */
  readonly closeCode?: number
  /** Seconds after which a retry makes sense, unless overridden. */
  readonly retryAfterS?: number
  /** The error as one sentence, with the advice if that is the same everywhere. */
  readonly text: string
  /** The recommended action. */
  readonly advice?: Wording
}
