import fs from 'node:fs'
import { onTestFinished, vi } from 'vitest'

/** Longer than it takes to remove a file that does not exist yet. */
const LATE_MS = 50

/** Lets streams open their files late, as on a slow disk. For tests only. @returns resolves once a file was opened */
export function openLate(): Promise<void> {
  const opened = Promise.withResolvers<void>()
  const open = (...[path, flags, mode, done]: OpenArguments): void => {
    setTimeout(() => {
      done(null, fs.openSync(path, flags, mode))
      opened.resolve()
    }, LATE_MS)
  }
  const spy = vi.spyOn(fs, 'open').mockImplementation(open as typeof fs.open)
  onTestFinished(() => spy.mockRestore())
  return opened.promise
}

/** As streams call it. */
type OpenArguments = [path: string, flags: string, mode: number, done: (error: null, file: number) => void]
