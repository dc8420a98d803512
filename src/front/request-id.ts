import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import { isTrusted } from './client-address.ts'

/** Safe for logs, headers and file names. */
const ACCEPTABLE = /^[\w.-]{8,64}$/

/** The request's id. A trusted proxy may have assigned one. */
export function requestIdFor(
  { headers, socket }: Pick<IncomingMessage, 'headers'> & { readonly socket: { remoteAddress?: string } },
  trusted: BlockList,
): string {
  const given = headers['x-request-id']
  const isUsable = typeof given === 'string' && ACCEPTABLE.test(given)
  return isUsable && isTrusted(socket.remoteAddress ?? '', trusted) ? given : randomUUID()
}
