// Loaded before the app (electron -r), in the real Electron as in its stand-in: notes what the app shows outside its
// windows, answers dialogs as a test says, and keeps it from touching the machine. Talks with the test in JSON lines.
'use strict'
const { connect } = require('node:net')
const electron = require('electron')

const seen = { tray: null, notifications: [], opened: [], dialogs: [], copied: null }
const trays = new Map()
const images = new WeakMap()
const answers = []
const waiting = []
const blockers = new Set()

const socket = connect(process.env['DESKTOP_OBSERVER'])
let isTelling = false

/** Reports the whole state, once for all changes in one tick. */
function tell() {
  if (isTelling) return
  isTelling = true
  setImmediate(() => {
    isTelling = false
    say({ snapshot: snapshot() })
  })
}

function say(message) {
  socket.write(`${JSON.stringify(message)}\n`)
}

function snapshot() {
  return {
    ...seen,
    tray: trayNow(),
    keepsAwake: blockers.size > 0,
    theme: electron.nativeTheme.themeSource,
    windows: windows(),
  }
}

function windows() {
  if (!electron.app.isReady()) return []
  return electron.BrowserWindow.getAllWindows().map((window) => ({
    isVisible: window.isVisible(),
    isMinimized: window.isMinimized(),
    bounds: window.getBounds(),
    url: window.webContents.getURL(),
  }))
}

function trayNow() {
  const [tray] = trays.values()
  return tray === undefined ? null : { ...tray, menu: rowsOf(tray.menu) }
}

function rowsOf(menu) {
  return (menu?.items ?? [])
    .filter(({ visible }) => visible)
    .map(({ label, type, enabled, checked, submenu }) => ({
      label,
      type,
      enabled,
      checked,
      rows: rowsOf(submenu),
    }))
}

/** Calls `before` first; what that returns, unless undefined, is returned instead. */
function wrap(object, name, before) {
  const original = object[name]
  object[name] = function (...args) {
    const instead = before.apply(this, args)
    tell()
    return instead === undefined ? original?.apply(this, args) : instead
  }
}

function watchTray() {
  const { Tray, nativeImage } = electron
  const note = (tray, facts) => trays.set(tray, { image: null, toolTip: '', ...trays.get(tray), ...facts })
  const originalFromPath = nativeImage.createFromPath.bind(nativeImage)
  nativeImage.createFromPath = (path) => {
    const image = originalFromPath(path)
    images.set(image, path)
    return image
  }
  wrap(Tray.prototype, 'setImage', function (image) {
    note(this, { image: typeof image === 'string' ? image : (images.get(image) ?? null) })
  })
  wrap(Tray.prototype, 'setToolTip', function (toolTip) {
    note(this, { toolTip })
  })
  wrap(Tray.prototype, 'setContextMenu', function (menu) {
    note(this, { menu })
  })
  wrap(Tray.prototype, 'destroy', function () {
    trays.delete(this)
  })
}

function watchDesktop() {
  const { app, shell, clipboard, Notification, powerSaveBlocker } = electron
  wrap(shell, 'openExternal', (url) => {
    seen.opened.push(url)
    return Promise.resolve()
  })
  wrap(shell, 'openPath', (path) => {
    seen.opened.push(path)
    return Promise.resolve('')
  })
  wrap(shell, 'showItemInFolder', (path) => {
    seen.opened.push(path)
    return null
  })
  wrap(clipboard, 'writeText', (text) => {
    seen.copied = text
    return null
  })
  wrap(Notification.prototype, 'show', function () {
    seen.notifications.push({ title: this.title, body: this.body })
    return null
  })
  const start = powerSaveBlocker.start.bind(powerSaveBlocker)
  powerSaveBlocker.start = (type) => {
    const id = start(type)
    blockers.add(id)
    tell()
    return id
  }
  wrap(powerSaveBlocker, 'stop', (id) => {
    blockers.delete(id)
  })
  watchLoginItem(app)
  for (const kind of ['showMessageBox', 'showOpenDialog', 'showSaveDialog']) watchDialog(kind)
  wrap(electron.dialog, 'showErrorBox', (message, detail) => {
    seen.dialogs.push({ kind: 'showErrorBox', message, detail, buttons: [], isAnswered: true })
    return null
  })
  electron.nativeTheme.on('updated', tell)
}

/** Tests must not change the login items of this machine. */
function watchLoginItem(app) {
  let openAtLogin = false
  const original = app.getLoginItemSettings.bind(app)
  app.getLoginItemSettings = (options) => ({ ...original(options), openAtLogin })
  app.setLoginItemSettings = (settings) => {
    openAtLogin = settings.openAtLogin ?? false
  }
}

function watchDialog(kind) {
  electron.dialog[kind] = (...args) => {
    const { message = '', detail = '', title = '', buttons = [] } = args.at(-1)
    const row = { kind, message: message || title, detail, buttons, isAnswered: false }
    seen.dialogs.push(row)
    tell()
    const { promise, resolve } = Promise.withResolvers()
    waiting.push((answer) => {
      row.isAnswered = true
      tell()
      resolve(toResult(kind, buttons, answer))
    })
    answerThem()
    return promise
  }
}

function answerThem() {
  while (waiting.length > 0 && answers.length > 0) waiting.shift()(answers.shift())
}

/** @param answer the text of a button, or the path that was chosen; `null` = cancelled. */
function toResult(kind, buttons, answer) {
  if (kind === 'showMessageBox') {
    if (!buttons.includes(answer)) throw new Error(`the dialog has no button '${answer}', but ${buttons}`)
    return { response: buttons.indexOf(answer), checkboxChecked: false }
  }
  const canceled = answer === null
  return kind === 'showSaveDialog'
    ? { canceled, filePath: answer ?? '' }
    : { canceled, filePaths: canceled ? [] : [answer] }
}

function watchWindows() {
  electron.app.on('browser-window-created', (_event, window) => {
    for (const event of ['show', 'hide', 'minimize', 'restore', 'closed', 'resize', 'move', 'focus'])
      window.on(event, tell)
    window.webContents.on('did-finish-load', tell)
  })
}

/** @param labels how each level's label begins */
function itemAt(labels) {
  let menu = [...trays.values()][0]?.menu
  let found
  for (const label of labels) {
    found = menu?.items.find((row) => row.visible && row.label.startsWith(label))
    if (found === undefined) throw new Error(`the tray's menu has no '${labels.join(' > ')}'`)
    menu = found.submenu
  }
  return found
}

const COMMANDS = {
  clickMenu(labels) {
    const item = itemAt(labels)
    if (!item.enabled) throw new Error(`'${labels.join(' > ')}' is disabled`)
    item.click()
  },
  clickTray: () => void [...trays.keys()][0].emit('click', {}),
  answerDialog(answer) {
    answers.push(answer)
    answerThem()
  },
  emitPower: (event) => void electron.powerMonitor.emit(event),
  closeWindow: () => electron.BrowserWindow.getAllWindows()[0].close(),
  resize: ({ width, height }) => electron.BrowserWindow.getAllWindows()[0].setBounds({ width, height }),
  quit: () => electron.app.quit(),
}

let rest = ''
socket.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop()
  for (const line of lines) obey(JSON.parse(line))
})
// The test has exited, so nothing else would end this process.
socket.on('close', () => electron.app.exit(1))
socket.on('error', () => {})

function obey({ id, command, argument }) {
  try {
    COMMANDS[command](argument)
    say({ id })
  } catch (error) {
    say({ id, error: String(error) })
  }
  tell()
}

watchTray()
watchDesktop()
watchWindows()
tell()
