import { app, Menu, type MenuItemConstructorOptions } from 'electron'
import { PAGE_IDS, type PageId } from '../../shared/ipc/contract.ts'
import { VERSION } from '../../shared/version.ts'
import type { MenuPort } from '../app/ports.ts'
import type { ViewWords } from '../view/words/view-words.ts'

export interface AppMenuOptions {
  readonly onPage: (page: PageId) => void
}

/** The application menu. Outside macOS it is hidden until Alt is pressed; its shortcuts always work. */
export function appMenu({ onPage }: AppMenuOptions): MenuPort {
  app.setAboutPanelOptions({
    applicationName: 'CloudToLocalLLM',
    applicationVersion: VERSION,
    copyright: 'MIT licence',
  })
  return {
    render(words) {
      const menus = [appItems(words, onPage), editItems(words), viewItems(words, onPage), windowItems(words)]
      Menu.setApplicationMenu(Menu.buildFromTemplate(menus))
    },
  }
}

const SEPARATOR: MenuItemConstructorOptions = { type: 'separator' }

function appItems({ t }: ViewWords, onPage: (page: PageId) => void): MenuItemConstructorOptions {
  const isMac = process.platform === 'darwin'
  const hiding = [{ role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, SEPARATOR] as const
  return {
    label: t('menu.app'),
    submenu: [
      { label: t('menu.about'), role: 'about' },
      SEPARATOR,
      { label: t('menu.settings'), accelerator: 'CommandOrControl+,', click: () => onPage('settings') },
      SEPARATOR,
      ...(isMac ? hiding : []),
      { label: t('menu.quit'), role: 'quit', accelerator: 'CommandOrControl+Q' },
    ],
  }
}

function editItems({ t }: ViewWords): MenuItemConstructorOptions {
  return {
    label: t('menu.edit'),
    submenu: [
      { label: t('menu.undo'), role: 'undo' },
      { label: t('menu.redo'), role: 'redo' },
      SEPARATOR,
      { label: t('menu.cut'), role: 'cut' },
      { label: t('menu.copy'), role: 'copy' },
      { label: t('menu.paste'), role: 'paste' },
      { label: t('menu.selectAll'), role: 'selectAll' },
    ],
  }
}

function viewItems({ t }: ViewWords, onPage: (page: PageId) => void): MenuItemConstructorOptions {
  return {
    label: t('menu.view'),
    submenu: [
      ...PAGE_IDS.map((id, i) => ({
        label: t(`page.${id}`),
        accelerator: `CommandOrControl+${i + 1}`,
        click: () => onPage(id),
      })),
      SEPARATOR,
      { label: t('menu.zoomIn'), role: 'zoomIn', accelerator: 'CommandOrControl+Plus' },
      // The same key without Shift.
      { label: t('menu.zoomIn'), role: 'zoomIn', accelerator: 'CommandOrControl+=', visible: false },
      { label: t('menu.zoomOut'), role: 'zoomOut' },
      { label: t('menu.zoomReset'), role: 'resetZoom' },
    ],
  }
}

function windowItems({ t }: ViewWords): MenuItemConstructorOptions {
  return {
    label: t('menu.window'),
    submenu: [
      { label: t('menu.minimize'), role: 'minimize' },
      { label: t('menu.close'), role: 'close', accelerator: 'CommandOrControl+W' },
    ],
  }
}
