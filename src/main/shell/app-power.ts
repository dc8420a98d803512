import { powerMonitor } from 'electron'

export interface PowerEvents {
  readonly onSuspend: () => void
  readonly onResume: () => void
  /** The system is shutting down. */
  readonly onShutdown: () => void
}

/** Subscribes to the events of `powerMonitor`. */
export function watchPower({ onSuspend, onResume, onShutdown }: PowerEvents): void {
  powerMonitor.on('suspend', onSuspend)
  powerMonitor.on('resume', onResume)
  powerMonitor.on('shutdown', onShutdown)
}
