import { z } from 'zod'
import { isErrorCode, type ErrorCode } from '../../shared/errors.ts'

const Cause = z.custom<ErrorCode>(isErrorCode)
const Pause = z.enum(['suspended', 'noNetwork'])

export type PauseCause = z.infer<typeof Pause>

/** The state of the tunnel, for display and for the supervisor. Times in milliseconds since the epoch. */
export const TunnelStateSchema = z.discriminatedUnion('kind', [
  /** The user's choice: not started, paused or stopped. */
  z.object({ kind: z.literal('off') }).readonly(),
  /** No credential. */
  z.object({ kind: z.literal('signedOut') }).readonly(),
  z.object({ kind: z.literal('connecting'), attempt: z.number(), since: z.number() }).readonly(),
  z.object({ kind: z.literal('online'), attempt: z.number(), since: z.number() }).readonly(),
  /** Retries automatically. */
  z.object({ kind: z.literal('waiting'), attempt: z.number(), retryAt: z.number(), cause: Cause }).readonly(),
  z.object({ kind: z.literal('paused'), cause: Pause }).readonly(),
  /** Only the user can resolve it. */
  z.object({ kind: z.literal('blocked'), cause: Cause }).readonly(),
])

export type TunnelState = z.infer<typeof TunnelStateSchema>
