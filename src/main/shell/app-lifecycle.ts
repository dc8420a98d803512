import { app } from 'electron'

export interface LifecycleEvents {
  /** The user started the app again or opened a link to it. */
  readonly onLaunchedAgain: (argv: readonly string[]) => void
  /** @returns whether the process may exit */
  readonly onQuit: () => boolean
  /** The process must exit without asking. */
  readonly onShutdown: () => void
}

/** Lifecycle events of Electron and the process. */
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
  // The app keeps running in the tray without a window.
  app.on('window-all-closed', () => {})
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onShutdown)
  // The parent, `npm start`, has exited and takes its children with it.
  process.once('disconnect', onShutdown)
  // The parent may have exited before the listener was added.
  if ('connected' in process && !process.connected) onShutdown()
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
