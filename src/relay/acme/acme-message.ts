import { z } from 'zod'
import type { WallMs } from '../../shared/brands.ts'
import type { AcmeProblem } from './acme-error.ts'

/** Objects of an ACME server (RFC 8555, section 7.1), as far as they are used. */
export const ResourceUrl = z.string().max(2_048).startsWith('https://')
export const Directory = z.object({
  newNonce: ResourceUrl,
  newAccount: ResourceUrl,
  newOrder: ResourceUrl,
  meta: z.object({ externalAccountRequired: z.boolean().optional() }).optional(),
})
const Problem = z.object({ type: z.string(), detail: z.string().default('') })
export const Order = z.object({
  status: z.string(),
  authorizations: z.array(ResourceUrl).max(10),
  finalize: ResourceUrl,
  certificate: ResourceUrl.optional(),
  error: Problem.optional(),
})
const Challenge = z.object({
  type: z.string(),
  url: ResourceUrl,
  /** Becomes a path of the relay. */
  token: z
    .string()
    .regex(/^[\w-]{1,256}$/)
    .optional(),
  error: Problem.optional(),
  validationRecord: z.array(z.object({ addressUsed: z.string().optional() })).optional(),
})
export const Authorization = z.object({ status: z.string(), challenges: z.array(Challenge).max(20) })

export type Directory = z.output<typeof Directory>
export type Order = z.output<typeof Order>
export type Authorization = z.output<typeof Authorization>

const URN = 'urn:ietf:params:acme:error:'

/** The response to a refused request. Without a problem document, its status is the reason. */
export function refusalIn(text: string, status: number, headers: Headers, now: WallMs): AcmeProblem {
  const retryAt = retryTime(headers.get('retry-after'), now)
  const parsed = Problem.safeParse(jsonIn(text))
  if (!parsed.success) return { type: '', detail: `HTTP ${status}`, retryAt }
  return { ...parsed.data, type: parsed.data.type.replace(URN, ''), retryAt }
}

/** The reason of a failed order. */
export function orderProblem({ error }: Order): AcmeProblem {
  return { type: error?.type.replace(URN, '') ?? '', detail: error?.detail ?? 'the order is invalid' }
}

/** The reason of a failed authorization: that of its challenge. */
export function authorizationProblem({ status, challenges }: Authorization): AcmeProblem {
  const failed = challenges.find(({ error }) => error !== undefined)
  if (failed?.error === undefined) return { type: '', detail: `the authorization is ${status}` }
  const address = failed.validationRecord?.findLast(({ addressUsed }) => addressUsed)?.addressUsed
  return { type: failed.error.type.replace(URN, ''), detail: failed.error.detail, address }
}

/** @param retryAfter seconds or a date (RFC 9110, section 10.2.3) */
function retryTime(retryAfter: string | null, now: WallMs): WallMs | undefined {
  if (retryAfter === null) return undefined
  const time = /^\d{1,9}$/.test(retryAfter) ? now + 1_000 * Number(retryAfter) : Date.parse(retryAfter)
  return Number.isNaN(time) ? undefined : (time as WallMs)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
