import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { TlsPair } from '../../front/tls-source.ts'
import type { WallMs } from '../../shared/brands.ts'
import { AppError } from '../../shared/errors.ts'
import { toShellWord } from '../../shared/quote.ts'
import { readKeyFile, requireOwnKeyDir } from '../auth/key-file.ts'
import { replaceSynced } from '../synced-file.ts'

/** A certificate for the relay's domain. */
export interface Certificate extends TlsPair {
  readonly notBefore: WallMs
  readonly notAfter: WallMs
}

export interface CertificateStoreOptions {
  readonly dataDir: string
  readonly directoryUrl: string
  readonly domain: string
}

/**
 * The account key and the certificate of one authority, mode 0600: `<dataDir>/acme/<authority>/account-key.pem` and
 * `<domain>.pem`. So a certificate of a staging authority is never used in place of a real one.
 */
export class CertificateStore {
  readonly accountFile: string
  readonly #dirs: readonly string[]
  readonly #certificateFile: string
  readonly #domain: string

  constructor({ dataDir, directoryUrl, domain }: CertificateStoreOptions) {
    const { host, pathname } = new URL(directoryUrl)
    const authority = `${host}${pathname}`.replaceAll(/[^\w.-]+/g, '-').slice(0, 200)
    const dir = join(dataDir, 'acme', authority)
    this.#dirs = [dataDir, join(dataDir, 'acme'), dir]
    this.accountFile = join(dir, 'account-key.pem')
    this.#certificateFile = join(dir, `${domain}.pem`)
    this.#domain = domain
  }

  /** The key of the account, created on first use. @throws AppError CONFIG_INVALID */
  readAccountKey(): Promise<KeyObject> {
    return this.#guarded(async () => {
      const text = await readKeyFile(this.accountFile)
      if (text !== undefined) return this.#parseAccountKey(text)
      const privateKey = createKey()
      await replaceSynced(this.accountFile, pemOf(privateKey))
      return privateKey
    })
  }

  /** The stored certificate, even if it has expired. @throws AppError CONFIG_INVALID */
  readCertificate(): Promise<Certificate | undefined> {
    return this.#guarded(async () => {
      const text = await readKeyFile(this.#certificateFile)
      if (text === undefined) return undefined
      const key = /-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----\n?/.exec(text)?.[0] ?? ''
      const certificate = toCertificate(text.replace(key, ''), key, this.#domain)
      if (certificate !== undefined) return certificate
      throw unusable(this.#certificateFile, `no certificate for ${this.#domain} with its key`)
    })
  }

  /** @throws AppError CONFIG_INVALID */
  writeCertificate({ cert, key }: TlsPair): Promise<void> {
    return this.#guarded(() => replaceSynced(this.#certificateFile, `${cert.trimEnd()}\n${key}`))
  }

  #parseAccountKey(text: string): KeyObject {
    try {
      const key = createPrivateKey(text)
      if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
    } catch {
      // The parser's message could contain the secret.
    }
    throw unusable(this.accountFile, 'no account key')
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      for (const dir of this.#dirs) await requireOwnKeyDir(dir)
      return await work()
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new AppError('CONFIG_INVALID', `--data-dir: the certificate cannot be stored: ${reason}`, {
        cause,
      })
    }
  }
}

/** @returns `undefined` unless the chain's first certificate is for the domain and the key */
export function toCertificate(cert: string, key: string, domain: string): Certificate | undefined {
  try {
    const leaf = new X509Certificate(cert)
    if (leaf.checkHost(domain) === undefined || !leaf.checkPrivateKey(createPrivateKey(key))) return undefined
    const [notBefore, notAfter] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()]
    return { cert, key, notBefore: notBefore as WallMs, notAfter: notAfter as WallMs }
  } catch {
    return undefined
  }
}

/** A key for an account or a certificate: of the curve P-256, which every authority and client supports. */
export function createKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

export function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function unusable(path: string, found: string): AppError {
  return new AppError(
    'CONFIG_INVALID',
    `--data-dir: ${path} contains ${found}. Move it away, and the relay gets another: mv ${toShellWord(path)} ${toShellWord(`${path}.old`)}`,
  )
}
