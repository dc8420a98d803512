import { app } from 'electron'

export interface LifecycleEvents {
  /** Somebody started the app again, or opened a link to it. */
  readonly onLaunchedAgain: (argv: readonly string[]) => void
  /** @returns whether the process may end */
  readonly onQuit: () => boolean
  /** There is no time to ask. */
  readonly onShutdown: () => void
}

/** What Electron and the process say about starting and ending. */
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
  // Without a window the app lives on: in the tray.
  app.on('window-all-closed', () => {})
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onShutdown)
  // Who started us is gone: `npm start`, which ends everything that it began.
  process.once('disconnect', onShutdown)
  // Perhaps before we listened.
  if ('connected' in process && !process.connected) onShutdown()
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
