import { systemClock } from '../tunnel/system-clock.ts'

/** One Ctrl-C may arrive several times: from the terminal, and from each process in between that passes it on. */
const SAME_SIGNAL_MS = 500

/**
 * Resolves when somebody wants this process to end: Ctrl-C, SIGTERM, or the process that started it is gone. Being asked
 * once more ends it at once.
 */
export function shutdownAsked(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined
    const ask = (): void => {
      const now = systemClock.monotonic()
      if (askedAt !== undefined && now - askedAt > SAME_SIGNAL_MS) process.exit(1)
      askedAt ??= now
      resolve()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
    // Terminals close with SIGHUP; Windows sends it before it ends the process.
    process.on('SIGHUP', ask)
    process.once('disconnect', ask)
    // Listening must not keep a finished process alive.
    process.channel?.unref()
  })
}
