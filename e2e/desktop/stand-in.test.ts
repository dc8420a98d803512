import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/program.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ctl-app-'))
})
afterAll(async () => {
  await rm(dir, { recursive: true, force: true })
})

/** Runs a main file like `npx electron`, with the stand-in's folder as Electron's. */
async function run(code: string): Promise<{ status: number | null; output: string }> {
  const file = join(dir, 'main.mjs')
  await writeFile(file, code)
  const electron = join(ROOT, 'node_modules/electron/cli.js')
  const env = {
    ...process.env,
    HOME: dir,
    ELECTRON_OVERRIDE_DIST_PATH: join(ROOT, 'e2e/support/electron-stand-in'),
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [electron, file], { env, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

// Electron's launcher reads the binary's name from a file that its download creates.
describe.runIf(process.platform === 'linux')('the stand-in for Electron', () => {
  it('is found by Electron’s own launcher', async () => {
    const { status, output } = await run(
      `import { app } from 'electron'
       app.whenReady().then(() => { console.log('ready', process.versions.electron); app.exit(7) })`,
    )
    expect(output).toMatch(/^ready \d+\.\d+\.\d+$/m)
    expect(status).toBe(7)
  })

  it.each([
    ['app.dock', `app.dock.hide()`],
    ['BrowserWindow.setOpacity', `new BrowserWindow().setOpacity(1)`],
    ['shell.trashItem', `shell.trashItem('x')`],
  ])('reports what it does not implement: %s', async (name, call) => {
    const { status, output } = await run(
      `import { app, BrowserWindow, shell } from 'electron'
       app.whenReady().then(() => { ${call} })`,
    )
    expect(output).toContain(`the stand-in for Electron has no ${name}`)
    expect(status).not.toBe(0)
  })

  it('rejects an invalid tray icon', async () => {
    const { output } = await run(
      `import { app, Tray, nativeImage } from 'electron'
       app.whenReady().then(() => new Tray(nativeImage.createFromPath('/nonexistent.png')))`,
    )
    expect(output).toContain('the tray icon is no picture')
  })

  it('quits like Electron: listeners are called in order, and any of them can cancel', async () => {
    const { status, output } = await run(
      `import { app, BrowserWindow } from 'electron'
       for (const name of ['before-quit', 'will-quit', 'quit', 'window-all-closed']) app.on(name, () => console.log(name))
       app.once('will-quit', (event) => { event.preventDefault(); setImmediate(() => app.quit()) })
       app.whenReady().then(() => {
         const window = new BrowserWindow()
         window.once('close', (event) => { event.preventDefault(); console.log('stays'); setImmediate(() => app.quit()) })
         app.quit()
       })`,
    )
    expect(output.trim().split('\n')).toEqual([
      'before-quit',
      'stays',
      'before-quit',
      'will-quit',
      'before-quit',
      'will-quit',
      'quit',
    ])
    expect(status).toBe(0)
  })
})
