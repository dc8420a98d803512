import { app, Menu } from 'electron'
import { VERSION } from '../../shared/version.ts'

/** On macOS copy and paste need a menu bar; elsewhere a tray app needs no menu. */
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
