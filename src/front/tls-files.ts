import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Clock, Timer } from '../shared/clock.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import type { TlsPair, TlsSource } from './tls-source.ts'

export interface TlsFilesOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Polled instead of watched, since renewal may replace links and directories. */
const LOOK_MS = 2_000

/** A certificate and its key on disk, reloaded when renewed. */
export class TlsFiles implements TlsSource {
  readonly #options: TlsFilesOptions
  /** In use. */
  #pair: TlsPair
  /** In the files, possibly half written or damaged. */
  #found: TlsPair
  #timer: Timer | undefined

  /** @throws AppError CONFIG_INVALID if they are invalid */
  constructor(options: TlsFilesOptions) {
    this.#options = options
    this.#pair = this.#found = this.#read()
    assertFit(this.#pair)
  }

  get pair(): TlsPair {
    return this.#pair
  }

  watch(onChange: (pair: TlsPair) => void): void {
    this.#timer = this.#options.clock.after(LOOK_MS, () => {
      this.#look(onChange)
      this.watch(onChange)
    })
  }

  close(): void {
    this.#timer?.cancel()
  }

  #look(onChange: (pair: TlsPair) => void): void {
    const { logger } = this.#options
    try {
      const pair = this.#read()
      if (pair.cert === this.#found.cert && pair.key === this.#found.key) return
      this.#found = pair
      assertFit(pair)
      this.#pair = pair
      onChange(pair)
      logger.info({}, 'TLS certificate reloaded')
    } catch (cause) {
      // Not the error's message, which might quote the key.
      const reason = cause instanceof AppError ? cause.message : 'unreadable'
      logger.warn({ reason }, 'TLS certificate not reloaded')
    }
  }

  #read(): TlsPair {
    const { certFile, keyFile } = this.#options
    return { cert: readText('TLS_CERT_FILE', certFile), key: readText('TLS_KEY_FILE', keyFile) }
  }
}

function readText(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${name} must be a PEM file: ${path} cannot be read`, { cause })
  }
}

function assertFit({ cert, key }: TlsPair): void {
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', 'TLS_CERT_FILE and TLS_KEY_FILE must be a pair in PEM', { cause })
  }
}
