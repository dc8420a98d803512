import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'

import { AppError, toAppError } from '../../shared/errors.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Variables that name files with additional authorities. NODE_EXTRA_CA_CERTS is already part of Node's defaults. */
const VARIABLES = ['CLOUDTOLOCALLLM_CA_FILE', 'SSL_CERT_FILE'] as const

/**
 * The trusted authorities as PEM: Node's own, the operating system's (including corporate ones), and the files named in
 * the environment. Pass them to `tls.setDefaultCACertificates` once, before the first connection.
 * @throws AppError CONFIG_INVALID if a file cannot be read or contains no certificate
 */
export function caFor(env: NodeJS.ProcessEnv): string[] {
  const extra = VARIABLES.flatMap((variable) => certificatesOf(variable, env[variable]))
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...extra])]
}

function certificatesOf(variable: string, path: string | undefined): string[] {
  if (!path) return []
  try {
    const found = readFileSync(path, 'utf8').match(CERTIFICATE) ?? []
    if (found.length === 0) throw new AppError('CONFIG_INVALID', 'it contains no certificate')
    return found.map((pem) => new X509Certificate(pem).toString())
  } catch (cause) {
    const detail = {
      cli: `${variable}: ${path}: ${toAppError(cause).message}`,
      app: `The certificates in ${path} cannot be used.`,
    }
    throw new AppError('CONFIG_INVALID', detail, { cause })
  }
}
