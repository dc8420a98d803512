import type { Server } from 'node:net'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { toShellWord } from '../shared/quote.ts'

export interface ListenAddress {
  /** `::` means all addresses, IPv4 and IPv6, or only IPv4 where there is no IPv6. */
  readonly host: string
  readonly port: number
}

/** Enough for all bridges of a relay that has restarted. */
const BACKLOG = 4_096

/**
 * @param ifTaken advice for a port that another program uses
 * @returns the port
 * @throws AppError PORT_IN_USE, CONFIG_INVALID
 */
export function listen(
  server: Server,
  { host, port }: ListenAddress,
  logger: Logger,
  ifTaken = 'choose another with --port (0 = any)',
): Promise<number> {
  return new Promise((resolve, reject) => {
    // Not `once`: a failed accept, such as without free file descriptors, must not end the server.
    server.on('error', (cause: NodeJS.ErrnoException) => {
      if (server.listening) logger.error({ code: cause.code }, 'connection not accepted')
      else reject(listenError(cause, host, port, ifTaken))
    })
    // Only without a host does Node fall back to IPv4.
    server.listen({ ...(host !== '::' && { host }), port, backlog: BACKLOG }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number, ifTaken: string): AppError {
  if (cause.code === 'EADDRINUSE')
    return new AppError('PORT_IN_USE', `port ${port} is in use: ${ifTaken}`, { cause })
  if (cause.code === 'EACCES') return new AppError('CONFIG_INVALID', withoutRights(port), { cause })
  if (cause.code === 'EADDRNOTAVAIL')
    return new AppError(
      'CONFIG_INVALID',
      `--host ${host} is not an address of this machine. Use one that is, or 0.0.0.0 for all.`,
      { cause },
    )
  // EAI_AGAIN: without a network, the name cannot be looked up.
  if (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN')
    return new AppError('CONFIG_INVALID', `--host ${host} has no address. Check the name.`, { cause })
  const detail = `cannot listen on --host ${host} --port ${port}: ${cause.message}`
  return new AppError('CONFIG_INVALID', detail, { cause })
}

function withoutRights(port: number): string {
  const grant = `sudo setcap cap_net_bind_service=+ep ${toShellWord(process.execPath)}`
  return `This user may not use port ${port}. Run as root, set AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit, or run: ${grant}`
}
