import { app, Menu } from 'electron'
import { VERSION } from '../../shared/version.ts'

/** macOS needs the menu bar for copy and paste; elsewhere a tray app does not need one. */
export function setAppMenu(): void {
  const isMac = process.platform === 'darwin'
  const template = [{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }] as const
  Menu.setApplicationMenu(isMac ? Menu.buildFromTemplate([...template]) : null)
  app.setAboutPanelOptions({
    applicationName: 'CloudToLocalLLM',
    applicationVersion: VERSION,
    copyright: 'MIT licence',
  })
}
