import { beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { UpdateManager, type UpdateManagerOptions, type UpdateState } from './update-manager.ts'
import { QUIET_MS, type FoundUpdate, type UpdateSettings } from './update-policy.ts'
import type { DownloadOptions, UpdaterPort } from './updater-port.ts'

const HOUR_MS = 3_600_000
const NEXT = { version: '1.1.0', files: ['app_1.1.0_amd64.deb'] }

/** Lets settled promises run their callbacks. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

class FakeUpdater implements UpdaterPort {
  found: FoundUpdate | null | Error = NEXT
  readonly channels: string[] = []
  readonly installs: boolean[] = []
  installError: Error | undefined
  current: (DownloadOptions & { finish(): void; fail(cause: Error): void }) | undefined

  async check(channel: string): Promise<FoundUpdate | null> {
    this.channels.push(channel)
    if (this.found instanceof Error) throw this.found
    return this.found
  }

  download(options: DownloadOptions): Promise<void> {
    return new Promise((finish, fail) => {
      this.current = { ...options, finish, fail }
      options.signal.addEventListener('abort', () => fail(new Error('cancelled')))
    })
  }

  async install({ restart }: { readonly restart: boolean }): Promise<void> {
    this.installs.push(restart)
    if (this.installError !== undefined) throw this.installError
    if (restart) await new Promise(() => {})
  }
}

let clock: FakeClock
let updater: FakeUpdater
let settings: UpdateSettings
let requests: number
let isWindowOpen: boolean
let states: UpdateState[]
let handover: string[]

beforeEach(() => {
  clock = new FakeClock()
  updater = new FakeUpdater()
  settings = { mode: 'auto', channel: 'latest', allowPrivileged: false }
  requests = 0
  isWindowOpen = false
  states = []
  handover = []
})

function started(changes: Partial<UpdateManagerOptions> = {}): UpdateManager {
  const manager = new UpdateManager({
    updater,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    packageKind: 'appimage',
    settings: () => settings,
    notesUrlFor: (version) => `https://example.com/v${version}`,
    activeRequests: () => requests,
    isWindowOpen: () => isWindowOpen,
    release: async () => void handover.push('release'),
    resume: () => void handover.push('resume'),
    onChange: (state) => states.push(state),
    ...changes,
  })
  manager.start()
  return manager
}

async function readyProfile(changes: Partial<UpdateManagerOptions> = {}): Promise<UpdateManager> {
  const manager = started(changes)
  await manager.check()
  if (manager.state.kind === 'available') void manager.download()
  updater.current!.finish()
  await settle()
  expect(manager.state.kind).toBe('ready')
  return manager
}

describe('looking for updates', () => {
  it('begins automatically after the start, and downloads what it finds in mode auto', async () => {
    const manager = started()
    clock.advance(60_000)
    await settle()
    expect(states.map(({ kind }) => kind)).toEqual(['checking', 'available', 'downloading'])
    updater.current!.onProgress(42.7)
    expect(manager.state).toEqual({ kind: 'downloading', version: '1.1.0', percent: 42 })
  })

  it('only notifies in mode notify, with a link to a page', async () => {
    settings = { ...settings, mode: 'notify' }
    const manager = started()
    await manager.check()
    expect(manager.state).toEqual({
      kind: 'available',
      version: '1.1.0',
      notesUrl: 'https://example.com/v1.1.0',
      how: 'download',
    })
    expect(updater.current).toBeUndefined()
  })

  it('checks only on request in mode off', async () => {
    settings = { ...settings, mode: 'off' }
    const manager = started()
    clock.advance(100 * HOUR_MS)
    expect(updater.channels).toEqual([])
    await manager.check()
    expect(manager.state.kind).toBe('available')
    expect(clock.pendingTimers).toBe(0)
  })

  it('never checks in an installation that cannot be replaced', async () => {
    const manager = started({ packageKind: 'none' })
    await manager.check()
    clock.advance(100 * HOUR_MS)
    expect(manager.state.kind).toBe('unsupported')
    expect(updater.channels).toEqual([])
  })

  it('checks once for two simultaneous calls', async () => {
    const manager = started()
    await Promise.all([manager.check(), manager.check()])
    expect(updater.channels).toEqual(['latest'])
  })

  it('reports why it failed, and retries automatically after half an hour', async () => {
    updater.found = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    const manager = started()
    await manager.check()
    expect(manager.state).toEqual({
      kind: 'failed',
      reason: expect.objectContaining({ key: 'updateFailure.unreachable' }),
      at: clock.now(),
    })
    updater.found = null
    clock.advance(HOUR_MS / 2)
    await settle()
    expect(manager.state.kind).toBe('idle')
  })

  it('keeps an update that is ready when a later check fails', async () => {
    const manager = await readyProfile()
    updater.found = new Error('feed down')
    const before = states.length
    await manager.check()
    expect(states.length).toBe(before)
    expect(manager.state.kind).toBe('ready')
  })

  it('drops an update that was withdrawn after it was downloaded', async () => {
    const manager = await readyProfile()
    updater.found = null
    await manager.check()
    await manager.installOnQuit()
    clock.advance(QUIET_MS)
    expect(manager.state.kind).toBe('idle')
    expect(updater.installs).toEqual([])
  })

  it('downloads a newer version in place of the one that is ready', async () => {
    const manager = await readyProfile()
    updater.found = { version: '1.2.0', files: [] }
    await manager.check()
    expect(manager.state).toEqual({ kind: 'downloading', version: '1.2.0', percent: 0 })
  })
})

describe('a change of settings', () => {
  it('checks the new channel immediately, and forgets what the old one offered', async () => {
    const manager = await readyProfile()
    updater.found = null
    settings = { ...settings, channel: 'beta' }
    manager.settingsChanged()
    await settle()
    expect(updater.channels).toEqual(['latest', 'beta'])
    expect(manager.state.kind).toBe('idle')
  })

  it('ignores a late response from the old channel', async () => {
    settings = { ...settings, mode: 'notify' }
    const answers: ((found: FoundUpdate | null) => void)[] = []
    updater.check = () => new Promise((resolve) => answers.push(resolve))
    const manager = started()
    const check = manager.check()
    settings = { ...settings, channel: 'beta' }
    manager.settingsChanged()
    answers[0]!(NEXT)
    await settle()
    answers[1]!({ version: '2.0.0-beta.1', files: [] })
    await check
    expect(states.filter(({ kind }) => kind === 'available')).toMatchObject([{ version: '2.0.0-beta.1' }])
  })

  it('cancels a download from the old channel without reporting a failure', async () => {
    const manager = started()
    await manager.check()
    const { signal } = updater.current!
    updater.found = null
    settings = { ...settings, channel: 'beta' }
    manager.settingsChanged()
    await settle()
    expect(signal.aborted).toBe(true)
    expect(states.some(({ kind }) => kind === 'failed')).toBe(false)
    expect(manager.state.kind).toBe('idle')
  })

  it('downloads a version that it had only announced once the mode is auto', async () => {
    settings = { ...settings, mode: 'notify' }
    const manager = started()
    await manager.check()
    settings = { ...settings, mode: 'auto' }
    manager.settingsChanged()
    expect(manager.state.kind).toBe('downloading')
  })

  it('leaves an update that is ready to the next quit once the mode is not auto', async () => {
    const manager = await readyProfile()
    settings = { ...settings, mode: 'notify' }
    manager.settingsChanged()
    clock.advance(QUIET_MS)
    await settle()
    expect(manager.state).toMatchObject({ kind: 'ready', waitingFor: 'quit' })
    expect(updater.installs).toEqual([])
  })

  it('does not undo the user’s request to install now', async () => {
    const manager = await readyProfile()
    requests = 1
    await manager.install()
    settings = { ...settings, mode: 'notify' }
    manager.settingsChanged()
    expect(manager.state).toMatchObject({ waitingFor: 'streams' })
  })
})

describe('downloading', () => {
  it('leaves nothing to install after a failure, and can be retried', async () => {
    const manager = started()
    await manager.check()
    updater.current!.fail(Object.assign(new Error('x'), { code: 'ERR_CHECKSUM_MISMATCH' }))
    await settle()
    expect(manager.state).toMatchObject({ kind: 'failed', reason: { key: 'updateFailure.altered' } })
    await manager.install()
    await manager.installOnQuit()
    expect(updater.installs).toEqual([])
    await manager.check()
    updater.current!.finish()
    await settle()
    expect(manager.state.kind).toBe('ready')
  })

  it('is not disturbed by a check', async () => {
    const manager = started()
    await manager.check()
    await manager.check()
    expect(manager.state.kind).toBe('downloading')
    expect(updater.channels).toEqual(['latest'])
  })

  it('is left to the package manager if root is required, in every mode', async () => {
    const manager = started({ packageKind: 'deb' })
    await manager.check()
    await manager.download()
    expect(manager.state).toMatchObject({
      kind: 'available',
      how: 'packageManager',
      command: 'sudo apt install ./app_1.1.0_amd64.deb',
    })
    expect(updater.current).toBeUndefined()
  })

  it('is done for deb once the user agrees, and withdrawn if they change their mind', async () => {
    const manager = started({ packageKind: 'deb' })
    await manager.check()
    settings = { ...settings, allowPrivileged: true }
    manager.settingsChanged()
    updater.current!.finish()
    await settle()
    expect(manager.state).toEqual({ kind: 'ready', version: '1.1.0', waitingFor: null })
    settings = { ...settings, allowPrivileged: false }
    manager.settingsChanged()
    expect(manager.state).toMatchObject({ kind: 'available', how: 'packageManager' })
  })
})

describe('installing', () => {
  it('waits for the last request if the user asks while one is running', async () => {
    const manager = await readyProfile()
    requests = 1
    await manager.install()
    expect(manager.state).toEqual({ kind: 'ready', version: '1.1.0', waitingFor: 'streams' })
    expect(updater.installs).toEqual([])
    requests = 0
    manager.idle()
    await settle()
    expect(handover).toEqual(['release'])
    expect(updater.installs).toEqual([true])
    expect(manager.state).toEqual({ kind: 'installing', version: '1.1.0' })
  })

  it('happens automatically after ten minutes without a request or a window', async () => {
    const manager = await readyProfile()
    requests = 1
    clock.advance(QUIET_MS)
    requests = 0
    manager.idle()
    clock.advance(QUIET_MS - 1)
    manager.idle()
    isWindowOpen = true
    clock.advance(QUIET_MS)
    expect(updater.installs).toEqual([])
    isWindowOpen = false
    clock.advance(QUIET_MS)
    await settle()
    expect(updater.installs).toEqual([true])
  })

  it('never happens automatically if it would ask for a password', async () => {
    settings = { ...settings, allowPrivileged: true }
    const manager = await readyProfile({ packageKind: 'deb' })
    clock.advance(5 * HOUR_MS)
    manager.idle()
    await manager.installOnQuit()
    expect(updater.installs).toEqual([])
    void manager.install()
    await settle()
    expect(updater.installs).toEqual([true])
  })

  it('happens at quit without starting the app again, also after the manager was stopped', async () => {
    const manager = await readyProfile()
    manager.stop()
    await manager.installOnQuit()
    expect(updater.installs).toEqual([false])
  })

  it('does not restart the app if quitting ends the requests that it waited for', async () => {
    requests = 1
    const manager = await readyProfile()
    await manager.install()
    expect(manager.state).toMatchObject({ kind: 'ready', waitingFor: 'streams' })
    manager.stop()
    requests = 0
    manager.idle()
    await settle()
    expect(updater.installs).toEqual([])
    await manager.installOnQuit()
    expect(updater.installs).toEqual([false])
    expect(handover).toEqual([])
  })

  it('lets the app quit when it fails at quit', async () => {
    const manager = await readyProfile()
    updater.installError = new Error('disk full')
    await expect(manager.installOnQuit()).resolves.toBeUndefined()
  })

  it('undoes its preparations when it fails, and does not retry that version automatically', async () => {
    const manager = await readyProfile()
    updater.installError = Object.assign(new Error('x'), { code: 'EACCES' })
    await manager.install()
    expect(manager.state).toMatchObject({
      kind: 'failed',
      reason: { key: 'updateFailure.notWritable' },
    })
    expect(handover).toEqual(['release', 'resume'])
    await manager.check()
    updater.current!.finish()
    await settle()
    expect(manager.state).toEqual({ kind: 'ready', version: '1.1.0', waitingFor: null })
    clock.advance(QUIET_MS)
    expect(updater.installs).toEqual([true])
  })

  it('is not undone by a check in progress', async () => {
    const manager = await readyProfile()
    let answer: (found: FoundUpdate | null) => void = () => {}
    updater.check = () => new Promise((resolve) => (answer = resolve))
    const check = manager.check()
    void manager.install()
    answer(null)
    await check
    expect(manager.state.kind).toBe('installing')
  })
})

it('a manager that was stopped leaves no timer and no download behind', async () => {
  const manager = started()
  await manager.check()
  manager.stop()
  await settle()
  expect(updater.current!.signal.aborted).toBe(true)
  expect(clock.pendingTimers).toBe(0)
})
