import type { Clock } from '../../shared/clock.ts'
import { CHECK_DEADLINE_MS, STALL_MS } from './update-policy.ts'
import type { UpdaterPort } from './updater-port.ts'

/**
 * An updater with timeouts for unresponsive servers: the app's network stack has none. Progress is reported in whole
 * percentages, each once.
 */
export function boundedUpdater(updater: UpdaterPort, clock: Clock): UpdaterPort {
  return {
    install: (options) => updater.install(options),
    check: (channel) => withinDeadline(updater.check(channel), clock),
    async download({ onProgress, signal }) {
      const stalled = new AbortController()
      const watch = () => clock.after(STALL_MS, () => stalled.abort())
      let timer = watch()
      let told = 0
      const noteProgress = (exact: number) => {
        timer.cancel()
        timer = watch()
        const percent = Math.floor(exact)
        if (percent > told) onProgress((told = percent))
      }
      try {
        await updater.download({
          onProgress: noteProgress,
          signal: AbortSignal.any([signal, stalled.signal]),
        })
      } catch (cause) {
        if (!stalled.signal.aborted) throw cause
        throw new Error('the download timed out', { cause })
      } finally {
        timer.cancel()
      }
    },
  }
}

function withinDeadline<T>(work: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('the update check timed out'))
    const timer = clock.after(CHECK_DEADLINE_MS, late)
    void work.finally(() => timer.cancel()).then(resolve, reject)
  })
}
