import type { KeyObject } from 'node:crypto'
import type { Clock, Random } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'
import type { RelayConfig } from '../config.ts'
import { AcmeClient } from './acme-client.ts'
import { notAcmeError } from './acme-error.ts'
import { certificateRequest } from './certificate-request.ts'
import { type Certificate, CertificateStore, createKey, pemOf, toCertificate } from './certificate-store.ts'
import { type CertificateEvent, ManagedCertificate } from './managed-certificate.ts'
import { PlainHttp } from './plain-http.ts'

export interface AutomaticTlsOptions {
  readonly config: RelayConfig
  readonly domain: string
  /** The origin that plain HTTP is redirected to. */
  readonly publicUrl: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly onEvent: (event: CertificateEvent) => void
}

/** The certificate of a relay that terminates TLS itself for its domain, and the port that obtaining it needs. */
export class AutomaticTls {
  readonly certificate: ManagedCertificate
  readonly #options: AutomaticTlsOptions
  readonly #store: CertificateStore
  readonly #plain: PlainHttp

  private constructor(
    options: AutomaticTlsOptions,
    store: CertificateStore,
    key: KeyObject,
    stored?: Certificate,
  ) {
    const { config, publicUrl, clock, logger, random, onEvent } = options
    this.#options = options
    this.#store = store
    this.#plain = new PlainHttp({
      address: { host: config.host, port: config.httpPort },
      limits: config,
      requestTimeoutMs: config.headersTimeoutMs,
      publicUrl,
      clock,
      logger,
    })
    const obtain = (signal: AbortSignal) => this.#obtain(key, signal)
    this.certificate = new ManagedCertificate({ stored, obtain, clock, random, onEvent })
  }

  /** Reads what is stored. @throws AppError CONFIG_INVALID */
  static async open(options: AutomaticTlsOptions): Promise<AutomaticTls> {
    const { config, domain } = options
    const { dataDir, acmeDirectory: directoryUrl } = config
    const store = new CertificateStore({ dataDir, directoryUrl, domain })
    const accountKey = await store.readAccountKey()
    return new AutomaticTls(options, store, accountKey, await store.readCertificate())
  }

  /** @throws AppError PORT_IN_USE, CONFIG_INVALID */
  async start(): Promise<void> {
    await this.#plain.listen()
    this.certificate.start()
  }

  close(): void {
    this.certificate.close()
    this.#plain.close()
  }

  async #obtain(accountKey: KeyObject, signal: AbortSignal): Promise<Certificate> {
    const { config, domain, clock, logger } = this.#options
    const { acmeDirectory: directoryUrl, acmeEmail: email } = config
    const { answers } = this.#plain
    const facts = { domain, directoryUrl, accountFile: this.#store.accountFile }
    const client = new AcmeClient({ ...facts, accountKey, email, answers, clock, signal })
    // A new key for each certificate: an old copy of the file does not open later connections.
    const key = createKey()
    const cert = await client.obtain(certificateRequest(domain, key))
    const certificate = toCertificate(cert, pemOf(key), domain)
    if (certificate === undefined) throw notAcmeError(facts, 'not the requested certificate')
    // Obtaining another because of a full disk would soon exceed the authority's limits.
    await this.#store.writeCertificate(certificate).catch((error: unknown) => {
      logger.error({ error: String(error) }, 'certificate not stored')
    })
    return certificate
  }
}
