/** The engine's access to the outside world, replaced in tests. */
export interface ChatPorts {
  /** `path` is relative to the page's folder. Rejects if there is no response. */
  request(path: string, init: RequestInit): Promise<Response>
  /** Milliseconds since 1970. */
  now(): number
  /** @returns cancels it */
  after(delayMs: number, callback: () => void): () => void
  /** Uniform in [0, 1). */
  random(): number
  /** A new UUID. */
  newId(): string
}

/** Resolves after the delay, or immediately when `signal` is aborted. */
export function pause(ports: Pick<ChatPorts, 'after'>, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const cancel = ports.after(delayMs, resolve)
    signal.addEventListener('abort', () => {
      cancel()
      resolve()
    })
  })
}
