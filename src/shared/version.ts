/** The product's version. `version.test.ts` ties it to package.json. */
export const VERSION = '0.1.0'

/** Subprotocol that a WebSocket must agree on before it may carry a tunnel (docs/protocol.md). */
export const TUNNEL_SUBPROTOCOL = 'ctl.tunnel.v1'
