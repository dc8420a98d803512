/**
 * The module `electron`, as the main process imports it where Electron itself is missing. The main process is Node, each
 * window a page of a real Chromium, with the built preload script before the page's own. Not as in Electron: the preload
 * script shares the page's JavaScript world, permissions are asked for before the page loads, and nothing is drawn on a
 * screen. What an app calls that is not here, throws.
 */
import { app } from './app.ts'
import { BrowserWindow } from './browser-window.ts'
import { ipcMain } from './ipc-main.ts'
import { Menu, MenuItem } from './menu.ts'
import { nativeImage } from './native-image.ts'
import { protocol, session } from './schemes.ts'
import { strict } from './strict.ts'
import {
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
import { Tray } from './tray.ts'

const electron = strict('electron', {
  app,
  autoUpdater,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
  Tray,
})

export {
  app,
  autoUpdater,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
  Tray,
  // What `require` gives.
  electron as 'module.exports',
}
