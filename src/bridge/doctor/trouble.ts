import { AppError, toAppError } from '../../shared/errors.ts'
import type { KeyedText } from '../../shared/words.ts'
import { ProxyRefusal } from '../dial/http-request.ts'
import { systemErrorCode } from '../../shared/system-error.ts'
import { checkWords } from './check-words.ts'

/** The cause of a connection failure and its fix. */
export interface Trouble {
  /** Continues "It cannot be reached:". */
  readonly why: KeyedText
  readonly fix: KeyedText
}

const DNS: Trouble = { why: checkWords('cause.dns'), fix: checkWords('fix.dns') }
const NO_ROUTE: Trouble = { why: checkWords('cause.noRoute'), fix: checkWords('fix.noRoute') }
const SILENT: Trouble = { why: checkWords('cause.silent'), fix: checkWords('fix.silent') }
const CLOSED: Trouble = { why: checkWords('cause.closed'), fix: checkWords('fix.closed') }
const SELF_SIGNED: Trouble = { why: checkWords('cause.selfSigned'), fix: checkWords('fix.selfSigned') }
const UNTRUSTED: Trouble = {
  why: checkWords('cause.untrusted'),
  fix: checkWords('fix.untrusted', { trust: SELF_SIGNED.fix }),
}

/** By Node's error code. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOTFOUND: DNS,
  EAI_AGAIN: DNS,
  ECONNREFUSED: { why: checkWords('cause.refused'), fix: checkWords('fix.refused') },
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: SILENT,
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: { why: checkWords('cause.expired'), fix: checkWords('fix.expired') },
  CERT_NOT_YET_VALID: { why: checkWords('cause.notYetValid'), fix: checkWords('fix.notYetValid') },
  ERR_TLS_CERT_ALTNAME_INVALID: { why: checkWords('cause.otherName'), fix: checkWords('fix.otherName') },
}

/** @param cause the error of a request or WebSocket */
export function troubleFor(cause: unknown): Trouble {
  const root = cause instanceof AppError && cause.cause !== undefined ? cause.cause : cause
  if (root instanceof ProxyRefusal) return refusedByProxy(root.status)
  const code = systemErrorCode(root) ?? ''
  if (code === 'EPROTO') return handshakeFailed(String(root))
  if (code.startsWith('HPE_')) return { why: checkWords('cause.noHttp'), fix: CLOSED.fix }
  return (
    TROUBLES[code] ?? {
      why: checkWords('cause.unknown', { message: toAppError(root).message }),
      fix: checkWords('fix.connection'),
    }
  )
}

/** OpenSSL's reason is in the message only. */
function handshakeFailed(message: string): Trouble {
  return /wrong version number|packet length too long/.test(message)
    ? { why: checkWords('cause.noTls'), fix: checkWords('fix.noTls') }
    : { why: checkWords('cause.tls'), fix: checkWords('fix.tls') }
}

function refusedByProxy(status: number): Trouble {
  const fix = checkWords(status === 407 ? 'fix.proxyPassword' : 'fix.proxyRefused')
  return { why: checkWords('cause.proxyRefused', { status }), fix }
}
