import { z } from 'zod'
import type { Job } from '../../shared/jobs.ts'
import { parseJsonObject } from '../../shared/json-object.ts'

/** Messages are small: an access token is the longest part. */
export const MAX_MESSAGE_BYTES = 16 * 1024

/** Ids become part of a path, so nothing else is accepted in them. */
const JobId = z.string().regex(/^[\w-]{1,64}$/)

/** Name or id of a device, for owners with several. Becomes a header field. */
const Device = z.string().regex(/^[^\p{Cc}]{1,100}$/u)

const ClientMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth'), token: z.string().min(1) }),
  z.object({ type: z.literal('subscribe'), job_id: JobId, device: Device.optional() }),
  z.object({ type: z.literal('unsubscribe'), job_id: JobId }),
  z.object({ type: z.literal('ping') }),
])

/** A message of a watcher. */
export type ClientMessage = z.output<typeof ClientMessageSchema>

/** `undefined` for a message of another form. */
export function parseClientMessage(text: string): ClientMessage | undefined {
  return ClientMessageSchema.safeParse(parseJsonObject(text)).data
}

/** A message to a watcher, without its encoding. */
export type RelayMessage =
  | { readonly type: 'ready' | 'pong' }
  | { readonly type: 'subscribed'; readonly job_id: string }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly job_id?: string }

/** @param staleSeconds the age of the state if the device is offline */
export function updateMessage(job: Job, staleSeconds: number | undefined): string {
  return JSON.stringify({
    type: 'update',
    job_id: job.id,
    job,
    ...(staleSeconds !== undefined && { stale_seconds: staleSeconds }),
  })
}

/** Codes with which the relay closes a connection (docs/jobs.md). */
export const JOB_CLOSE = {
  stopping: 1001,
  malformed: 4400,
  unauthorized: 4401,
  noAuth: 4408,
  timeUp: 4410,
  tooMany: 4429,
  offline: 4503,
} as const

export type JobCloseReason = keyof typeof JOB_CLOSE
