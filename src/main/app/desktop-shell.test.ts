import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { acquire } from '../../bridge/data-dir/owner-lock.ts'
import { DesktopShell, type DesktopShellOptions } from './desktop-shell.ts'
import { FakeMachine, until } from './desktop-shell.test-support.ts'
import { APP_ORIGIN } from './assets.ts'

/** A keychain that can wait for its password. */
const keychain = vi.hoisted(() => ({
  entries: new Map<string, string>(),
  password: Promise.resolve(),
}))
vi.mock('keytar', () => ({
  default: {
    async getPassword(_service: string, account: string) {
      await keychain.password
      return keychain.entries.get(account) ?? null
    },
    setPassword: async (_service: string, account: string, value: string) =>
      void keychain.entries.set(account, value),
    deletePassword: async (_service: string, account: string) => keychain.entries.delete(account),
  },
}))

const PAGE = { url: `${APP_ORIGIN}/index.html`, isTopFrame: true, isOurWindow: true }
const LINK = 'cloudtolocalllm://pair?relay=https://relay.example&code=ABCD-EFGH'

let machine: FakeMachine
let options: DesktopShellOptions
let desktop: DesktopShell

beforeEach(async () => {
  vi.stubEnv('CLOUDTOLOCALLLM_SECRETS', '')
  keychain.entries.clear()
  keychain.password = Promise.resolve()
  machine = new FakeMachine()
  options = await machine.wholeOptions()
})
afterEach(async () => {
  desktop.shutdown()
  await until(() => hasExited() > 0)
  vi.unstubAllEnvs()
})

const hasExited = () => machine.log.filter((line) => line.startsWith('exit')).length
const setupShown = async () => {
  const answer = await desktop.answer(PAGE, 'view.get', undefined)
  return answer.ok ? (answer.result as { readonly setup: object }).setup : answer
}

async function create(changes: Partial<DesktopShellOptions> = {}): Promise<DesktopShell> {
  desktop = await DesktopShell.create({ ...options, ...changes })
  machine.onWindow = (state) => desktop.windowBecame(state)
  return desktop
}

async function start(
  argv: readonly string[] = [],
  changes: Partial<DesktopShellOptions> = {},
): Promise<void> {
  await (await create(changes)).start(argv)
  machine.clock.settle()
}

describe('the window', () => {
  it('opens on the first run, even at login', async () => {
    await start([], { launchedByItself: true })
    expect(machine.isWindowOpen).toBe(true)
    expect(await setupShown()).toEqual({ kind: 'needed', canCancel: false, suggestion: null })
  })

  it.each([
    ['comes soon', false, true],
    ['stays away at login', true, false],
  ])('%s while a keychain waits for its password', async (_title, launchedByItself, isOpen) => {
    const typed = Promise.withResolvers<void>()
    keychain.password = typed.promise
    await create({ launchedByItself })
    const started = desktop.start([])
    expect(machine.isWindowOpen).toBe(false)
    machine.clock.advance(2_000)
    expect(machine.isWindowOpen).toBe(isOpen)
    typed.resolve()
    await started
  })

  it('shows the page requested from the tray once it has loaded', async () => {
    await start()
    desktop.toggleWindow()
    desktop.trayCommand('showSettings')
    machine.sent.length = 0
    await desktop.answer(PAGE, 'view.get', undefined)
    machine.clock.settle()
    expect(machine.sent).toContainEqual(['page.show', 'settings'])
  })

  it('reopens where it was closed, before the position is on disk', async () => {
    await start()
    const bounds = { x: 30, y: 40, width: 700, height: 650 }
    desktop.windowMoved(bounds)
    expect(desktop.windowBounds).toEqual(bounds)
  })

  it('is restored by the tray if minimized, not closed', async () => {
    await start()
    desktop.windowBecame('minimized')
    desktop.toggleWindow()
    expect(machine.isWindowOpen).toBe(true)
    desktop.windowBecame('shown')
    desktop.toggleWindow()
    expect(machine.isWindowOpen).toBe(false)
  })

  it('is reopened once after a crash, but not again', async () => {
    await start()
    desktop.windowCrashed('crashed')
    expect(machine.isWindowOpen).toBe(true)
    desktop.windowCrashed('crashed')
    expect(machine.isWindowOpen).toBe(false)
    expect(machine.tray).not.toBeNull()
  })

  it('from another page gets no response', async () => {
    await start()
    const stranger = { ...PAGE, url: 'https://evil.example/' }
    expect(await desktop.answer(stranger, 'view.get', undefined)).toMatchObject({
      ok: false,
      error: { code: 'FORBIDDEN' },
    })
  })
})

describe('a link', () => {
  it.each([
    ['that started the app', [LINK], []],
    ['that was opened later', [], [LINK]],
  ])('%s only fills in the form', async (_title, atStart, later) => {
    await start(atStart)
    desktop.launchedAgain(later)
    expect(await setupShown()).toEqual({
      kind: 'needed',
      canCancel: false,
      suggestion: { relayUrl: 'https://relay.example/', code: 'ABCD-EFGH' },
    })
  })
})

describe('quitting', () => {
  it('closes the window and the tray, and releases the data directory', async () => {
    await start()
    expect(desktop.quitAsked()).toBe(false)
    await until(() => hasExited() > 0)
    expect(machine).toMatchObject({ isWindowOpen: false, tray: null })
    await (await acquire(options.dataDir)).close()
  })

  it('happens once, even if requested repeatedly', async () => {
    await start()
    desktop.trayCommand('quit')
    expect(desktop.windowClosing()).toBe(true)
    expect(desktop.quitAsked()).toBe(true)
    desktop.shutdown()
    await until(() => hasExited() > 0)
    expect(hasExited()).toBe(1)
  })

  it('does not wait for an unresponsive keychain', async () => {
    const never = Promise.withResolvers<void>()
    keychain.password = never.promise
    await create()
    const started = desktop.start([])
    desktop.shutdown()
    await until(() => hasExited() > 0)
    machine.clock.advance(5_000)
    expect(machine.isWindowOpen).toBe(false)
    never.resolve()
    await started
    expect(machine.isWindowOpen).toBe(false)
  })

  it('installs a ready update without starting it', async () => {
    await start()
    machine.updater.version = '9.9.9'
    await desktop.answer(PAGE, 'action.run', 'checkForUpdates')
    const tray = () => (machine.clock.advance(50), machine.sent.at(-1)?.[1])
    await until(() => JSON.stringify(tray()).includes('"kind":"ready"'))
    desktop.trayCommand('quit')
    await until(() => hasExited() > 0)
    expect(machine.updater.installs).toEqual([false])
  })

  it('is not done by the close button if there is a tray', async () => {
    await start()
    machine.clock.advance(50)
    expect(desktop.windowClosing()).toBe(false)
    expect(machine.isWindowOpen).toBe(false)
    machine.clock.advance(50)
    expect(machine.log).toContain('notify CloudToLocalLLM is still running')
    machine.clickNotification()
    expect(machine.isWindowOpen).toBe(true)
    expect(hasExited()).toBe(0)
  })

  it('is done by the close button if there is no tray', async () => {
    await start([], { hasTray: false })
    expect(machine.tray).toBeNull()
    desktop.windowClosing()
    await until(() => hasExited() > 0)
  })
})

it('a failed tray command is reported', async () => {
  await start()
  desktop.trayCommand('copyKey')
  await until(() => machine.log.some((line) => line.startsWith('notify')))
})
