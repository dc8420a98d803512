/** Certificate and key of a server. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** Provides a server's certificate and its renewals. */
export interface TlsSource {
  /** Handshakes fail while it is `undefined`. */
  readonly pair: TlsPair | undefined
  /** @param onChange called once for each new matching pair */
  watch(onChange: (pair: TlsPair) => void): void
  close(): void
}
