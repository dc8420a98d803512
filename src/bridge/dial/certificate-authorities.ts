import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { errorCase } from '../../shared/error-cases.ts'
import { AppError, toAppError } from '../../shared/errors.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Variables that name files with additional authorities. NODE_EXTRA_CA_CERTS is already part of Node's defaults. */
const VARIABLES = ['CLOUDTOLOCALLLM_CA_FILE', 'SSL_CERT_FILE'] as const

/** The user's authorities, until all are loaded. */
let pending: readonly string[] | null = null

/**
 * Makes this process trust, from its first TLS connection on, Node's own authorities, the operating system's (including
 * corporate ones), and those in the files named in the environment. Call once, at the start.
 * @throws AppError CONFIG_INVALID if a file cannot be read or contains no certificate
 */
export function trustAuthorities(env: NodeJS.ProcessEnv): void {
  pending = extraAuthorities(env)
}

/** Call before each TLS connection: only the first call does something, which takes as long as a fifth of a start. */
export function loadAuthorities(): void {
  if (pending === null) return
  setDefaultCACertificates(authoritiesWith(pending))
  pending = null
}

/**
 * Authorities in the files named in the environment, as PEM.
 * @throws AppError CONFIG_INVALID if a file cannot be read or contains no certificate
 */
export function extraAuthorities(env: NodeJS.ProcessEnv): string[] {
  return VARIABLES.flatMap((variable) => certificatesOf(variable, env[variable]))
}

/** These, and all that Node and the operating system trust. */
export function authoritiesWith(extra: readonly string[]): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...extra])]
}

function certificatesOf(variable: string, path: string | undefined): string[] {
  if (!path) return []
  try {
    const found = readFileSync(path, 'utf8').match(CERTIFICATE) ?? []
    if (found.length === 0) throw new AppError('CONFIG_INVALID', errorCase('case.certificates.none'))
    return found.map((pem) => new X509Certificate(pem).toString())
  } catch (cause) {
    const { message } = toAppError(cause)
    throw new AppError('CONFIG_INVALID', errorCase('case.certificates', { variable, path, message }), {
      cause,
    })
  }
}
