import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Whether a request has the operator token; always false if none is configured. */
export function showsOperatorToken({ headers }: IncomingMessage, operatorToken: string | undefined): boolean {
  if (operatorToken === undefined) return false
  const shown = Buffer.from(headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${operatorToken}`)
  return shown.length === expected.length && timingSafeEqual(shown, expected)
}
