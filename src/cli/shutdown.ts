import { systemClock } from '../tunnel/system-clock.ts'
import type { Output } from './output.ts'

/** One Ctrl-C may arrive several times: from the terminal, and from each intermediate process that passes it on. */
const SAME_SIGNAL_MS = 500

let wasAsked = false

/** Ends this process if it was asked to stop: a request for which nobody waits any more would keep it for its timeout. */
export function exitIfAsked(output: Output): void {
  if (wasAsked) output.flush(() => process.exit())
}

/**
 * Resolves when this process should stop: Ctrl-C, SIGTERM, or a closed parent process. A second request exits
 * immediately.
 */
export function shutdownAsked(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined
    const ask = (): void => {
      const now = systemClock.monotonic()
      if (askedAt !== undefined && now - askedAt > SAME_SIGNAL_MS) process.exit(1)
      askedAt ??= now
      wasAsked = true
      resolve()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
    // A closing terminal sends SIGHUP; Windows sends it before ending the process.
    process.on('SIGHUP', ask)
    process.once('disconnect', ask)
    // The listener must not keep a finished process alive.
    process.channel?.unref()
  })
}
