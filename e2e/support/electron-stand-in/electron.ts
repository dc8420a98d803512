/**
 * The module `electron`, as the main process imports it where Electron itself is missing. The main process is Node, each
 * window a page of a real Chromium, with the built preload script before the page's own. Not as in Electron: the preload
 * script shares the page's JavaScript world, permissions are asked for before the page loads, and nothing is drawn on a
 * screen. Missing functions throw.
 */
import * as modules from './modules.ts'
import { strict } from './strict.ts'

const electron = strict('electron', { ...modules })

export * from './modules.ts'
// The result of `require`.
export { electron as 'module.exports' }
