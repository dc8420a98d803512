import type { AgentOptions } from 'node:https'
import type { TlsOptions } from 'node:tls'

const IDENTITY = 'replica'
/**
 * Cipher suites in which both ends prove possession of the key without certificates. In TLS 1.3 a server could choose a
 * certificate instead.
 */
const SUITE = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const

/** For the listener: peers without the secret fail in the handshake. */
export function hopServerTls(secret: Uint8Array): TlsOptions {
  return { ...SUITE, pskCallback: (_socket, identity) => (identity === IDENTITY ? secret : null) }
}

/** For the client: no request data is sent before the server has proved possession of the secret. */
export function hopClientTls(secret: Uint8Array): AgentOptions {
  return {
    ...SUITE,
    pskCallback: () => ({ identity: IDENTITY, psk: secret }),
    // There is no certificate with a name: the secret is the proof.
    checkServerIdentity: () => undefined,
    // Otherwise Node would send the client's Host in cleartext.
    servername: '',
    maxCachedSessions: 0,
  }
}
