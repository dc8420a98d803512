import type { AgentOptions } from 'node:https'
import type { TlsOptions } from 'node:tls'

const IDENTITY = 'replica'
/**
 * Suites in which both ends prove that they know the key, and nobody shows a certificate. TLS 1.3 would leave a server the
 * choice of a certificate instead.
 */
const SUITE = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const

/** For the listener: whoever does not know the secret gets no further than the handshake. */
export function hopServerTls(secret: Uint8Array): TlsOptions {
  return { ...SUITE, pskCallback: (_socket, identity) => (identity === IDENTITY ? secret : null) }
}

/** For whoever dials: nothing of a request leaves before the other end has proved that it knows the secret. */
export function hopClientTls(secret: Uint8Array): AgentOptions {
  return {
    ...SUITE,
    pskCallback: () => ({ identity: IDENTITY, psk: secret }),
    // There is no certificate with a name in it: the secret is the proof.
    checkServerIdentity: () => undefined,
    // Node would send the client's own Host in the clear.
    servername: '',
    maxCachedSessions: 0,
  }
}
