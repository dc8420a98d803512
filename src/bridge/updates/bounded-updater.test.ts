import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { boundedUpdater } from './bounded-updater.ts'
import { CHECK_DEADLINE_MS, STALL_MS } from './update-policy.ts'
import type { DownloadOptions, UpdaterPort } from './updater-port.ts'

const never = new AbortController().signal

let clock: FakeClock
let download: DownloadOptions
let finish: () => void
let updater: UpdaterPort

beforeEach(() => {
  clock = new FakeClock()
  updater = boundedUpdater(
    {
      check: () => new Promise(() => {}),
      install: async () => {},
      download: (options) => {
        download = options
        return new Promise((resolve, reject) => {
          finish = resolve
          options.signal.addEventListener('abort', () => reject(new Error('cancelled')))
        })
      },
    },
    clock,
  )
})

describe('a silent update server', () => {
  it('makes a check time out', async () => {
    const check = updater.check('latest')
    clock.advance(CHECK_DEADLINE_MS)
    await expect(check).rejects.toThrow('timed out')
  })

  it('makes a download time out, but only without progress', async () => {
    const done = updater.download({ onProgress: () => {}, signal: never })
    for (let percent = 0; percent < 50; percent++) {
      clock.advance(STALL_MS - 1)
      download.onProgress(percent)
    }
    expect(download.signal.aborted).toBe(false)
    clock.advance(STALL_MS)
    await expect(done).rejects.toThrow('timed out')
  })
})

describe('a download', () => {
  it('reports each whole percentage at most once, in increasing order', async () => {
    const told: number[] = []
    const done = updater.download({ onProgress: (percent) => told.push(percent), signal: never })
    // A failed differential download restarts as a full one.
    for (const percent of [0.2, 1.1, 1.9, 40.5, 0.3, 41, 100]) download.onProgress(percent)
    finish()
    await done
    expect(told).toEqual([1, 40, 41, 100])
    expect(clock.pendingTimers).toBe(0)
  })

  it('reports the caller’s cancellation as a cancellation, not a timeout', async () => {
    const abort = new AbortController()
    const done = updater.download({ onProgress: () => {}, signal: abort.signal })
    abort.abort()
    await expect(done).rejects.toThrow('cancelled')
    expect(clock.pendingTimers).toBe(0)
  })
})
