import type { PageId } from '../../shared/ipc/contract.ts'
import type { TrayCommand } from '../view/tray-view.ts'
import type { AppCore } from './app-core.ts'
import type { System } from './ports.ts'
import { textFor } from './request-handlers.ts'

export interface TrayCommandOptions {
  readonly app: AppCore
  readonly system: System
  readonly toggleWindow: () => void
  readonly showPage: (page: PageId) => void
  readonly quit: () => void
}

/** Runs a command from the tray menu. @throws AppError */
export async function runTrayCommand(options: TrayCommandOptions, command: TrayCommand): Promise<void> {
  const { app, system, toggleWindow, showPage, quit } = options
  switch (command) {
    case 'toggleWindow':
      return toggleWindow()
    case 'pause':
      return app.open.bridge.pause()
    case 'resume':
      return app.open.bridge.resume()
    case 'reconnect':
      return app.open.bridge.reconnect()
    case 'copyUrl':
      return system.writeClipboard(await textFor(app, 'url'))
    case 'copyKey':
      return system.writeClipboard(await textFor(app, 'key'))
    case 'showRequests':
      return showPage('requests')
    case 'showSettings':
      return showPage('settings')
    case 'update':
      return app.updates.state.kind === 'ready' ? app.updates.install() : checkForUpdates(options)
    case 'about':
      return system.showAbout()
    case 'quit':
      return quit()
  }
}

async function checkForUpdates({ app, showPage }: TrayCommandOptions): Promise<void> {
  showPage('diagnostics')
  await app.updates.check()
}
