/** The parts of Electron that the stand-in implements, by Electron's names. */
export { app } from './app.ts'
export { BrowserWindow } from './browser-window.ts'
export { ipcMain } from './ipc-main.ts'
export { Menu, MenuItem } from './menu.ts'
export { nativeImage } from './native-image.ts'
export { protocol, session } from './schemes.ts'
export {
  autoUpdater,
  clipboard,
  dialog,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  screen,
  shell,
} from './system.ts'
export { Tray } from './tray.ts'
export { utilityProcess } from './utility-process.ts'
