import { useRef, useState } from 'preact/hooks'
import { useShell } from './shell.ts'
import { useShown } from './shown.ts'

/** The request of a dialog, which stays open until it has ended. */
export interface DialogTask {
  readonly isBusy: boolean
  /** One at a time. @param send resolves with the reason for a failure */
  readonly run: (send: () => Promise<string | null>) => void
  /** Why the last one failed; `null` = it did not. */
  readonly error: string | null
}

/** Each dialog has its own task: one that ends late must not close or block another dialog. */
export function useDialogTask(): DialogTask {
  const shell = useShell()
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const isRunning = useRef(false)
  const shown = useShown()
  const settle = (failure: string | null): void => {
    isRunning.current = false
    setBusy(false)
    setError(failure)
    // The tray opened another page meanwhile.
    if (failure !== null && !shown.current) shell.tell(failure)
  }
  const run = (send: () => Promise<string | null>): void => {
    if (isRunning.current) return
    isRunning.current = true
    setBusy(true)
    setError(null)
    void send().then(settle)
  }
  return { isBusy, run, error }
}
