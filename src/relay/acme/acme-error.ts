import type { WallMs } from '../../shared/brands.ts'
import { AppError } from '../../shared/errors.ts'
import { toPlainText } from '../../shared/plain-text.ts'
import { toShellWord } from '../../shared/quote.ts'

/** An error that a certificate authority reports (RFC 8555, section 6.7). */
export interface AcmeProblem {
  /** Without the prefix `urn:ietf:params:acme:error:`. */
  readonly type: string
  readonly detail: string
  readonly retryAt?: WallMs | undefined
  /** The address that the authority connected to for a challenge. */
  readonly address?: string | undefined
}

/** The request that failed. */
export type AcmeStage = 'account' | 'order' | 'challenge'

/** Values that the text of an error contains. */
export interface CertificateFacts {
  readonly domain: string
  /** URL of the authority's directory. */
  readonly directoryUrl: string
  /** File of the account's key. */
  readonly accountFile: string
}

const MAX_DETAIL_CHARS = 300
const RATE_LIMIT_S = 3_600
/** Let's Encrypt repeats the time in its text. */
const RETRY_AFTER = /retry after (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: UTC|Z)/i

/** The display name of an authority. */
export function authorityName(directoryUrl: string): string {
  const { host } = new URL(directoryUrl)
  return /(?:^|\.)letsencrypt\.org$/.test(host) ? 'Let’s Encrypt' : host
}

/**
 * The error for an authority's problem: CONFIG_INVALID if only another setting helps, otherwise
 * CERTIFICATE_UNAVAILABLE, with the time to retry if the authority names one.
 */
export function problemError(
  problem: AcmeProblem,
  stage: AcmeStage,
  facts: CertificateFacts,
  now: WallMs,
): AppError {
  if (problem.type === 'rateLimited') return rateLimited(problem, facts, now)
  const isAccount = problem.type === 'unauthorized' && stage !== 'challenge'
  const lasting = isAccount ? accountWords(facts) : lastingWords(problem, facts)
  const words = lasting ?? passingWords(problem, facts)
  return new AppError(
    lasting === undefined ? 'CERTIFICATE_UNAVAILABLE' : 'CONFIG_INVALID',
    `${words}${reasonIn(problem)}`,
  )
}

function accountWords({ directoryUrl, accountFile }: CertificateFacts): string {
  return `${authorityName(directoryUrl)} no longer accepts this relay’s account. Move ${toShellWord(accountFile)} away, and the relay creates another.`
}

/** Problems that only another setting solves. */
function lastingWords({ type }: AcmeProblem, { domain, directoryUrl }: CertificateFacts): string | undefined {
  const name = authorityName(directoryUrl)
  switch (type) {
    case 'rejectedIdentifier':
    case 'unsupportedIdentifier':
      return `${name} issues no certificate for ${domain}. Choose another name with --domain.`
    case 'invalidContact':
    case 'unsupportedContact':
      return `${name} does not accept --acme-email. Correct or omit it.`
    case 'externalAccountRequired':
      return `${name} needs an account that is created elsewhere, which is not supported. Choose another authority with --acme-directory.`
    default:
      return undefined
  }
}

/** Problems that may be solved while the relay retries. */
function passingWords({ type, address }: AcmeProblem, { domain, directoryUrl }: CertificateFacts): string {
  const name = authorityName(directoryUrl)
  const at = address === undefined ? '' : ` at ${toPlainText(address)}`
  switch (type) {
    case 'dns':
      return `${domain} has no usable address in DNS. Create an A or AAAA record that points to this server.`
    case 'connection':
    case 'tls':
      return `${name} cannot reach ${domain}${at} on port 80. Point its DNS records to this server, and open ports 80 and 443 in the firewall.`
    case 'unauthorized':
    case 'incorrectResponse':
      return `Another server answers for ${domain}${at}. Point its DNS records to this server.`
    case 'caa':
      return `A CAA record of ${domain} does not allow ${name}. Change the record, or choose another authority with --acme-directory.`
    default:
      return `${name} did not issue a certificate for ${domain}.`
  }
}

function rateLimited(problem: AcmeProblem, { directoryUrl }: CertificateFacts, now: WallMs): AppError {
  const stated = RETRY_AFTER.exec(problem.detail)?.[1]
  const statedAt = stated === undefined ? undefined : Date.parse(`${stated.replace(' ', 'T')}Z`)
  const retryAt = problem.retryAt ?? statedAt ?? now + 1_000 * RATE_LIMIT_S
  const retryAfterS = Math.max(1, Math.ceil((retryAt - now) / 1_000))
  const words = `${authorityName(directoryUrl)} refuses further certificates until ${minuteOf(retryAt)}. The relay will try again then; frequent restarts make it worse.`
  return new AppError('CERTIFICATE_UNAVAILABLE', `${words}${reasonIn(problem)}`, { retryAfterS })
}

/** Errors of TLS that a wrong clock causes. */
const CLOCK_CODES = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
const TRUST_CODE = /^(?:SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(?:VERIFY|GET_ISSUER)|CERT_|ERR_TLS)/

/** @param code of Node or its TLS */
export function unreachableError(code: string, { directoryUrl }: CertificateFacts, now: WallMs): AppError {
  const name = authorityName(directoryUrl)
  const { host } = new URL(directoryUrl)
  const words = CLOCK_CODES.has(code)
    ? `The certificate of ${host} is not valid at this machine’s time, ${minuteOf(now)}. If that is wrong, set the clock: timedatectl set-ntp true`
    : TRUST_CODE.test(code)
      ? `The certificate of ${host} is not trusted. If the authority is a private one, set CLOUDTOLOCALLLM_CA_FILE to its root certificate.`
      : `${name} cannot be reached. Check this server’s DNS and its outgoing connections to ${host}.`
  return new AppError('CERTIFICATE_UNAVAILABLE', `${words} (${code})`)
}

/** @param theirs the authority's time */
export function clockError({ directoryUrl }: CertificateFacts, theirs: number, now: WallMs): AppError {
  const words = `This machine’s clock says ${minuteOf(now)}, but that of ${authorityName(directoryUrl)} says ${minuteOf(theirs)}. Set it: timedatectl set-ntp true`
  return new AppError('CERTIFICATE_UNAVAILABLE', words)
}

/** A response that no ACME server sends. */
export function notAcmeError({ directoryUrl }: CertificateFacts, cause: unknown): AppError {
  const words = `${new URL(directoryUrl).host} does not answer like an ACME server. Check --acme-directory.`
  return new AppError('CERTIFICATE_UNAVAILABLE', words, { cause })
}

/** In UTC, like the times of the authorities. */
export function minuteOf(timeMs: number): string {
  const date = new Date(timeMs)
  return Number.isNaN(date.getTime())
    ? 'an unknown time'
    : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function reasonIn({ type, detail }: AcmeProblem): string {
  const reason = toPlainText(detail || type).slice(0, MAX_DETAIL_CHARS)
  return reason === '' ? '' : ` (${reason})`
}
