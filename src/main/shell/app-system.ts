import {
  app,
  clipboard,
  dialog,
  nativeTheme,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  shell,
} from 'electron'
import { autostartFile, AUTOSTART_FLAG } from '../app/login-item.ts'
import type { LoginItem, System } from '../app/ports.ts'

/** Implements `System` with Electron. */
export function appSystem(icon: string): System {
  let blocker: number | undefined
  return {
    writeClipboard: (text) => clipboard.writeText(text),
    openExternal: (url) => shell.openExternal(url),
    async openFolder(path) {
      const problem = await shell.openPath(path)
      if (problem !== '') throw new Error(problem)
    },
    async chooseFileToSave(defaultPath) {
      const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath })
      return canceled ? null : filePath
    },
    async chooseFileToOpen() {
      const { filePaths } = await dialog.showOpenDialog({ properties: ['openFile'] })
      return filePaths[0] ?? null
    },
    async ask({ message, detail, buttons, cancelButton }) {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message,
        detail,
        buttons: [...buttons],
        defaultId: 0,
        cancelId: cancelButton,
        noLink: true,
      })
      return response
    },
    notify(title, body, onClick) {
      const notification = new Notification({ title, body, icon })
      notification.on('click', onClick)
      notification.show()
    },
    keepAwake(isOn) {
      if (blocker !== undefined) powerSaveBlocker.stop(blocker)
      blocker = isOn ? powerSaveBlocker.start('prevent-app-suspension') : undefined
    },
    isOnBattery: () => powerMonitor.isOnBatteryPower(),
    showAbout: () => app.showAboutPanel(),
    exit: (code) => app.exit(code),
    setTheme(theme) {
      nativeTheme.themeSource = theme
    },
  }
}

/** @param configHome directory in which Linux desktops look for autostart entries */
export function appLoginItem(configHome: string): LoginItem {
  if (process.platform === 'linux')
    return autostartFile({ configHome, command: process.env['APPIMAGE'] ?? process.execPath })
  const args = [AUTOSTART_FLAG]
  return {
    read: () => app.getLoginItemSettings({ args }).openAtLogin,
    write: (openAtLogin) => app.setLoginItemSettings({ openAtLogin, args }),
  }
}
