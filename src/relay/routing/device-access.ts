import type { Principal } from '../../shared/proxy-head.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'

/** Whether a client's credential is valid for a tunnel, for a new request. */
export function opens(principal: Principal, tunnel: Pick<Tunnel, 'isLeaving' | 'hasKey'>): boolean {
  return !tunnel.isLeaving && (principal.kind === 'owner' || tunnel.hasKey(principal.digest))
}
