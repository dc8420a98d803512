/** The product's version. `version.test.ts` compares it with package.json. */
export const VERSION = '0.1.0'

/** WebSocket subprotocol that both ends must agree on (docs/protocol.md). */
export const TUNNEL_SUBPROTOCOL = 'ctl.tunnel.v1'
