import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../shared/clock.ts'
import { isHttp2 } from './http2-messages.ts'

/** Time for a client to read the data already written. */
const FLUSH_MS = 30_000
/** Grace period for a client that is still sending: closing a socket with unread data discards what was sent. */
const LINGER_MS = 2_000
/** Time for the last bytes to reach the client before a reset, which may overtake them. */
const RESET_AFTER_MS = 500
const NO_BYTES = new Uint8Array()

/**
 * Ends a response so that no client takes it for complete, after everything written has been sent: without the final
 * chunk, by a stream reset in HTTP/2, and by a connection reset if the body is delimited by the connection's end
 * (HTTP/1.0).
 */
export function breakOff(response: ServerResponse, clock: Clock): void {
  if (response.destroyed) return
  const timer = clock.after(FLUSH_MS, () => response.destroy())
  response.once('close', () => timer.cancel())
  const end = (): void => {
    const { socket } = response
    if (socket === null || isHttp2(response.req)) response.destroy()
    else if (response.req.httpVersionMinor > 0) endWithin(socket, clock)
    else clock.after(RESET_AFTER_MS, () => reset(socket))
  }
  response.write(NO_BYTES, end)
}

/** Half-closes the socket after the sent data, and waits briefly for the client to close. */
function endWithin(socket: Socket, clock: Clock): void {
  socket.end()
  const timer = clock.after(LINGER_MS, () => socket.destroy())
  socket.once('close', () => timer.cancel())
}

function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
