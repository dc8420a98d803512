import { randomUUID } from 'node:crypto'
import type { BlockList } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { passOf } from '../relay/cluster/hop-pass.ts'
import { isTrusted } from './client-address.ts'

/** Fit for logs, header fields and file names. */
const ACCEPTABLE = /^[\w.-]{8,64}$/

/** What joins the log lines of one request. A proxy that is trusted, or another replica, may have given it a name already. */
export function requestIdFor(
  request: Pick<IncomingMessage, 'headers'> & { readonly socket: { remoteAddress?: string } },
  trusted: BlockList,
): string {
  const pass = passOf(request)
  if (pass !== undefined) return pass.requestId
  const { headers, socket } = request
  const given = headers['x-request-id']
  const isUsable = typeof given === 'string' && ACCEPTABLE.test(given)
  return isUsable && isTrusted(socket.remoteAddress ?? '', trusted) ? given : randomUUID()
}
