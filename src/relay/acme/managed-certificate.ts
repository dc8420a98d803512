import type { TlsPair, TlsSource } from '../../front/tls-source.ts'
import type { WallMs } from '../../shared/brands.ts'
import type { Clock, Random, Timer } from '../../shared/clock.ts'
import { type AppError, toAppError } from '../../shared/errors.ts'
import type { Certificate } from './certificate-store.ts'
import { isValidAt, renewalTime, retryDelayMs } from './renewal.ts'

/** Progress for the operator. */
export type CertificateEvent =
  | { readonly kind: 'requested' }
  | { readonly kind: 'installed'; readonly notAfter: WallMs }
  | { readonly kind: 'failed'; readonly error: AppError; readonly retryAt: WallMs }

export interface ManagedCertificateOptions {
  /** The stored one, which may have expired. */
  readonly stored: Certificate | undefined
  /** Obtains and stores a certificate that is valid now. */
  readonly obtain: (signal: AbortSignal) => Promise<Certificate>
  readonly clock: Clock
  readonly random: Random
  readonly onEvent: (event: CertificateEvent) => void
}

/** Maximum time between two checks of the wall clock, which may be set, or jump when the machine wakes up. */
const LOOK_MS = 3_600_000

/**
 * A certificate that is obtained if there is none, and renewed in time. The old one is used until the new one is
 * available.
 */
export class ManagedCertificate implements TlsSource {
  /** Resolves once there is a valid certificate. Rejects if only another setting helps. */
  readonly ready: Promise<void>
  readonly #options: ManagedCertificateOptions
  readonly #abort = new AbortController()
  readonly #ready = Promise.withResolvers<void>()
  #current: Certificate | undefined
  #onChange: (pair: TlsPair) => void = () => {}
  #timer: Timer | undefined
  #failures = 0

  constructor(options: ManagedCertificateOptions) {
    const { stored, clock } = options
    this.#options = options
    this.ready = this.#ready.promise
    // The caller need not wait for it.
    this.ready.catch(() => {})
    if (stored === undefined || !isValidAt(stored, clock.now())) return
    this.#current = stored
    this.#ready.resolve()
  }

  get pair(): TlsPair | undefined {
    return this.#current
  }

  watch(onChange: (pair: TlsPair) => void): void {
    this.#onChange = onChange
  }

  /** Begins to obtain or renew it when due. To be called once challenges can be answered. */
  start(): void {
    this.#wait(this.#current === undefined ? this.#options.clock.now() : renewalTime(this.#current))
  }

  close(): void {
    this.#timer?.cancel()
    this.#abort.abort()
  }

  #wait(until: WallMs): void {
    const { clock } = this.#options
    const remainingMs = until - clock.now()
    if (remainingMs <= 0) return void this.#renew()
    this.#timer = clock.after(Math.min(remainingMs, LOOK_MS), () => this.#wait(until))
  }

  async #renew(): Promise<void> {
    const { signal } = this.#abort
    const { obtain, onEvent } = this.#options
    onEvent({ kind: 'requested' })
    try {
      const certificate = await obtain(signal)
      if (!signal.aborted) this.#install(certificate)
    } catch (cause) {
      if (!signal.aborted) this.#failed(toAppError(cause))
    }
  }

  #install(certificate: Certificate): void {
    this.#current = certificate
    this.#failures = 0
    this.#onChange(certificate)
    this.#options.onEvent({ kind: 'installed', notAfter: certificate.notAfter })
    this.#ready.resolve()
    this.#wait(renewalTime(certificate))
  }

  #failed(error: AppError): void {
    const { clock, random, onEvent } = this.#options
    if (this.#current === undefined && error.entry.kind === 'config') return this.#ready.reject(error)
    const delayMs = retryDelayMs(++this.#failures, error.retryAfterS, random)
    const retryAt = (clock.now() + delayMs) as WallMs
    onEvent({ kind: 'failed', error, retryAt })
    this.#wait(retryAt)
  }
}
