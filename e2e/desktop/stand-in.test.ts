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

/** Runs a main file like `npx electron`, with the stand-in's folder as Electron's. @param child `child.mjs` next to it */
async function run(code: string, child = ''): Promise<{ status: number | null; output: string }> {
  const file = join(dir, 'main.mjs')
  await writeFile(file, code)
  await writeFile(join(dir, 'child.mjs'), child)
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
    ['utilityProcess.fork option session', `utilityProcess.fork('x', [], { session: {} })`],
    ['UtilityProcess.send', `utilityProcess.fork('x').send(1)`],
  ])('reports what it does not implement: %s', async (name, call) => {
    const { status, output } = await run(
      `import { app, BrowserWindow, shell, utilityProcess } from 'electron'
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

  describe('utilityProcess', () => {
    const fork = (options: string, then: string): string =>
      `import { app, utilityProcess } from 'electron'
       const say = (...words) => console.log(...words)
       app.whenReady().then(() => {
         const child = utilityProcess.fork(${JSON.stringify(join(dir, 'child.mjs'))}, ['word'], ${options})
         ${then}
       })`

    it('exchanges cloned messages over the parent port, also those sent before it listens', async () => {
      const { status, output } = await run(
        fork(
          `{ serviceName: 'A child', env: { COLOUR: 'blue' }, stdio: 'pipe' }`,
          `say('pid', child.pid, 'kill', child.kill())
           child.postMessage(new Map([['a', 1]]))
           child.once('spawn', () => say('spawn', typeof child.pid))
           child.stdout.on('data', (text) => say('stdout', String(text).trim()))
           child.on('message', (message) => { say('message', message); child.kill() })
           child.once('exit', (code) => {
             say('exit', code, child.pid, child.kill())
             child.postMessage('late')
             app.quit()
           })`,
        ),
        `setTimeout(() => process.parentPort.on('message', ({ data, ports }) => {
           console.log(process.type, process.send, process.argv.slice(2), process.env.COLOUR)
           setTimeout(() => process.parentPort.postMessage({ data, ports }), 50)
         }), 50)`,
      )
      expect(output.trim().split('\n')).toEqual([
        'pid undefined kill false',
        'spawn number',
        `stdout utility undefined [ 'word' ] blue`,
        `message { data: Map(1) { 'a' => 1 }, ports: [] }`,
        'exit 0 undefined false',
      ])
      expect(status).toBe(0)
    })

    it('reports how it ended', async () => {
      const { output } = await run(
        `import { app, utilityProcess } from 'electron'
         const end = (entry, how) => new Promise((resolve) =>
           utilityProcess.fork(entry, [how], { stdio: 'ignore' }).once('exit', resolve))
         app.whenReady().then(async () => {
           const ends = ['error', 'code', 'signal', 'rejection'].map((how) => end('${join(dir, 'child.mjs')}', how))
           console.log(...(await Promise.all([end('/nonexistent.mjs'), ...ends])))
           app.exit()
         })`,
        `const [, , how] = process.argv
         if (how === 'error') throw new Error('as told')
         if (how === 'code') process.exit(3)
         if (how === 'signal') process.kill(process.pid, 'SIGKILL')
         // Does not end the process by itself.
         Promise.reject(new Error('as told'))
         setTimeout(process.exit, 50, 4)`,
      )
      expect(output.trim()).toBe('1 1 3 9 4')
    })

    it('cannot be created before the app is ready', async () => {
      const { output } = await run(`import { utilityProcess } from 'electron'; utilityProcess.fork('x')`)
      expect(output).toContain('utilityProcess cannot be created before app is ready')
    })

    it('ends with the app, without running its exit listeners', async () => {
      // Both write to the same pipe, which is read until its end.
      const { output } = await run(
        fork(`{ stdio: 'inherit' }`, `child.on('message', () => { say('exit'); app.exit() })`),
        `process.on('exit', () => console.log('a last word'))
         process.parentPort.postMessage('up')`,
      )
      expect(output).toBe('exit\n')
    })
  })
})
