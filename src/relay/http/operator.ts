import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Whether a request shows the operator's token. Nobody does where none is set. */
export function showsOperatorToken({ headers }: IncomingMessage, operatorToken: string | undefined): boolean {
  if (operatorToken === undefined) return false
  const shown = Buffer.from(headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${operatorToken}`)
  return shown.length === expected.length && timingSafeEqual(shown, expected)
}
