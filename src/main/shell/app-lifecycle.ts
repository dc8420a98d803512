import { app } from 'electron'

export interface LifecycleEvents {
  /** The app was started again, or a link was opened. */
  readonly onLaunchedAgain: (argv: readonly string[]) => void
  /** @returns whether the process may exit */
  readonly onQuit: () => boolean
  /** Immediate shutdown, without confirmation. */
  readonly onShutdown: () => void
}

/** Subscribes to lifecycle events of Electron and the process. */
export function watchLifecycle({ onLaunchedAgain, onQuit, onShutdown }: LifecycleEvents): void {
  app.on('second-instance', (_event, argv) => onLaunchedAgain(argv.slice(1)))
  app.on('open-url', (event, url) => {
    event.preventDefault()
    onLaunchedAgain([url])
  })
  app.on('activate', () => onLaunchedAgain([]))
  app.on('before-quit', (event) => {
    if (!onQuit()) event.preventDefault()
  })
  // Without a window the app keeps running in the tray.
  app.on('window-all-closed', () => {})
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onShutdown)
  // The parent process is gone: `npm start`, which ends everything it started.
  process.once('disconnect', onShutdown)
  // It may have disconnected before this listener was added.
  if ('connected' in process && !process.connected) onShutdown()
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
