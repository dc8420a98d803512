import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../shared/clock.ts'
import { isHttp2 } from './http2-messages.ts'

/** How long a client has to take what was written before. */
const FLUSH_MS = 30_000
/** How long a client that goes on sending may do so: a socket that is closed on unread bytes takes back what was sent. */
const LINGER_MS = 2_000
/** How long the last bytes have to reach the client before a reset, which may overtake them. */
const RESET_AFTER_MS = 500
const NO_BYTES = new Uint8Array()

/**
 * Breaks an answer off so that no client takes it for a whole one, once all that was written has left: without its last chunk, by a
 * reset of the stream in HTTP/2, and by a reset of the connection where nothing but its end marks the end of the body (HTTP/1.0).
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

/** What was sent is followed by the end of our side; the client's own is awaited for a moment. */
function endWithin(socket: Socket, clock: Clock): void {
  socket.end()
  const timer = clock.after(LINGER_MS, () => socket.destroy())
  socket.once('close', () => timer.cancel())
}

function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
