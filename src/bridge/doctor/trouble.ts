import { AppError, toAppError } from '../../shared/errors.ts'
import { joinWords, type Words } from '../../shared/words.ts'
import { ProxyRefusal } from '../dial/http-request.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

/** The cause of a connection failure and its fix, as text. */
export interface Trouble {
  /** Continues "It cannot be reached:". */
  readonly why: Words
  readonly fix: Words
}

const DNS: Trouble = {
  why: 'its name cannot be resolved (DNS)',
  fix: 'Check the spelling of the name, and that this machine is online.',
}
const NO_WAY: Trouble = {
  why: 'there is no route to it from this network (TCP)',
  fix: 'Check that this machine is online, and that no VPN or firewall blocks the connection.',
}
const SILENT: Trouble = {
  why: 'it does not respond in time (TCP)',
  fix: 'Check that it is running, and that no firewall drops connections to this port.',
}
const CUT: Trouble = {
  why: 'it closes the connection',
  fix: 'Check that the URL begins with https:// if it speaks TLS, and that no firewall or filter closes the connection.',
}
const UNTRUSTED_FIX: Words = {
  cli: 'If you trust it, save the certificate of its authority as a PEM file and set CLOUDTOLOCALLLM_CA_FILE to that file.',
  app: 'If you trust it, add the certificate of its authority to those that this computer trusts.',
}
const SELF_SIGNED: Trouble = { why: 'its certificate is self-signed (TLS)', fix: UNTRUSTED_FIX }
const UNKNOWN_ISSUER: Trouble = {
  why: 'its certificate comes from an authority that this machine does not trust, or the chain is incomplete (TLS)',
  fix: joinWords('Configure the server to send its full certificate chain.', UNTRUSTED_FIX),
}
const NO_TLS: Trouble = {
  why: 'it does not speak TLS on this port',
  fix: 'Check the port, or use http:// for a relay on this machine or in a private network.',
}

/** By Node's error code. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOTFOUND: DNS,
  EAI_AGAIN: DNS,
  ECONNREFUSED: {
    why: 'nothing is listening on that port (TCP)',
    fix: 'Check that it is running, and the port in the URL.',
  },
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
  ETIMEDOUT: SILENT,
  ECONNRESET: CUT,
  EPIPE: CUT,
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: {
    why: 'its certificate has expired (TLS)',
    fix: 'Renew the certificate, and check the date of this machine.',
  },
  CERT_NOT_YET_VALID: {
    why: 'its certificate is not valid yet (TLS)',
    fix: 'Check the date of this machine: it is probably wrong.',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'its certificate is for another name (TLS)',
    fix: 'Use the name that the certificate is for, or give the server a certificate for this one.',
  },
}

/** @param cause the error of a request or WebSocket */
export function troubleFor(cause: unknown): Trouble {
  const root = cause instanceof AppError && cause.cause !== undefined ? cause.cause : cause
  if (root instanceof ProxyRefusal) return refusedByProxy(root.status)
  const code = systemErrorCode(root) ?? ''
  if (code === 'EPROTO') return handshakeFailed(String(root))
  if (code.startsWith('HPE_')) return { why: 'it does not speak HTTP', fix: CUT.fix }
  return (
    TROUBLES[code] ?? {
      why: { cli: toAppError(root).message, app: 'the connection fails' },
      fix: 'Check the URL, the network and the proxy settings.',
    }
  )
}

/** OpenSSL's reason is in the message only. */
function handshakeFailed(message: string): Trouble {
  if (/wrong version number|packet length too long/.test(message)) return NO_TLS
  return {
    why: 'the TLS handshake with it fails',
    fix: 'Check that the server supports TLS 1.2 or newer and serves this name.',
  }
}

function refusedByProxy(status: number): Trouble {
  const why = `the proxy refuses to connect to it (HTTP ${status})`
  if (status === 407)
    return {
      why,
      fix: {
        cli: 'The proxy requires a user name and password: HTTPS_PROXY=http://<user>:<password>@<proxy>:<port>',
        app: 'The proxy requires a user name and password. Ask its operator to exempt this computer.',
      },
    }
  return {
    why,
    fix: {
      cli: 'Ask the proxy’s operator to allow CONNECT to the relay, or add its host to NO_PROXY if it can be reached directly.',
      app: 'Ask the proxy’s operator to allow CONNECT to the relay, or exempt its host in the system’s proxy settings.',
    },
  }
}
