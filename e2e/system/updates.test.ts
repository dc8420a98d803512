import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  UpdateManager,
  type UpdateManagerOptions,
  type UpdateState,
} from '../../src/bridge/updates/update-manager.ts'
import type { UpdateSettings } from '../../src/bridge/updates/update-policy.ts'
import { appUpdater } from '../../src/main/shell/app-updater.ts'
import { silentLogger } from '../../src/shared/logger.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { nodeUpdater, type NodeUpdaterOptions } from '../support/node-updater.ts'
import { Program, ROOT } from '../support/program.ts'
import { UpdateFeed } from '../support/update-feed.ts'

const OLD = '#!/bin/sh\nexit 1\n'
/** At 25 % of the rollout order. */
const QUARTER = '00000000-0000-5000-8000-000040000000'

let dir: string
let feed: UpdateFeed
let appImage: string
let settings: UpdateSettings
let requests: number
let states: UpdateState[]
let handover: string[]
let desks: UpdateManager[]

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ctl-updates-'))
  feed = await UpdateFeed.open(join(dir, 'feed'))
  mkdirSync(join(dir, 'apps'))
  appImage = join(dir, 'apps', 'CloudToLocalLLM.AppImage')
  writeFileSync(appImage, OLD, { mode: 0o755 })
  settings = { mode: 'auto', channel: 'latest', allowPrivileged: false }
  requests = 0
  states = []
  handover = []
  desks = []
  vi.stubEnv('APPIMAGE', appImage)
  vi.stubEnv('TEST_UPDATER_ARCH', 'x64')
})

afterEach(async () => {
  for (const desk of desks) desk.stop()
  vi.unstubAllEnvs()
  await feed.close()
  rmSync(dir, { recursive: true, force: true, maxRetries: 10 })
})

/** The code that runs in the app, with the real electron-updater. */
function deskFor(
  of: Partial<NodeUpdaterOptions> = {},
  options: Partial<UpdateManagerOptions> = {},
): UpdateManager {
  const kind = of.kind ?? 'appimage'
  const generic = { provider: 'generic', url: feed.url }
  const onQuit = () => handover.push('quit')
  const updater = nodeUpdater({ kind, version: '1.0.0', dir: join(dir, 'app'), feed: generic, onQuit, ...of })
  const desk = new UpdateManager({
    updater: appUpdater({
      updater,
      logger: silentLogger,
      appImage: kind === 'appimage' ? appImage : undefined,
    }),
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    packageKind: kind,
    settings: () => settings,
    notesUrlFor: (version) => `https://example.com/${version}`,
    activeRequests: () => requests,
    isWindowOpen: () => false,
    release: async () => void handover.push('release'),
    resume: () => void handover.push('resume'),
    onChange: (state) => states.push(state),
    ...options,
  })
  desks.push(desk)
  desk.start()
  return desk
}

async function comesTo(desk: UpdateManager, kind: UpdateState['kind']): Promise<void> {
  await expect.poll(() => desk.state.kind).toBe(kind)
}

/** Checks for an update and, if there is one, downloads it completely. */
async function update(desk: UpdateManager): Promise<UpdateState> {
  await desk.check()
  await expect.poll(() => desk.state.kind).not.toBe('downloading')
  return desk.state
}

const pending = () => {
  const path = join(dir, 'app/cache/cloudtolocalllm/pending')
  return existsSync(path) ? readdirSync(path).filter((name) => name !== 'update-info.json') : []
}

describe.runIf(process.platform === 'linux')('an AppImage (on Linux, where it runs)', () => {
  it('finds a newer version and downloads it, reporting progress', async () => {
    feed.publish({ version: '1.1.0', channels: ['latest'] })
    const desk = deskFor()
    expect(await update(desk)).toEqual({ kind: 'ready', version: '1.1.0', waitingFor: 'quiet' })
    expect(states.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['checking', 'available', 'downloading']),
    )
    expect(pending()).toEqual(['CloudToLocalLLM-1.1.0.AppImage'])
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
  })

  it('does nothing if it is up to date', async () => {
    feed.publish({ version: '1.0.0', channels: ['latest'] })
    expect(await update(deskFor())).toMatchObject({ kind: 'idle', checkedAt: expect.any(Number) })
  })

  it.each([
    ['the channel file was tampered with', 'latest-linux.yml', /sha512: .{8}/g, 'sha512: AAAAAAAA'],
    ['the package was swapped', 'CloudToLocalLLM-1.1.0.AppImage', /exit 0/, 'exit 7'],
  ])('discards the download if %s', async (_, name, from, to) => {
    feed.publish({ version: '1.1.0', channels: ['latest'] })
    feed.change(name, (text) => text.replace(from, to))
    const desk = deskFor()
    expect(await update(desk)).toMatchObject({
      kind: 'failed',
      reason: { key: 'updateFailure.altered' },
    })
    await desk.install()
    await desk.installOnQuit()
    expect(pending()).toEqual([])
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
    expect(handover).toEqual([])
  })

  it('reports no release if the channel has no file', async () => {
    expect(await update(deskFor())).toMatchObject({
      kind: 'failed',
      reason: { key: 'updateFailure.noRelease' },
    })
  })

  it('reports an unreachable server, and finds the update once it is back', async () => {
    feed.publish({ version: '1.1.0', channels: ['latest'] })
    feed.status = 503
    const desk = deskFor()
    expect(await update(desk)).toMatchObject({
      kind: 'failed',
      reason: { key: 'updateFailure.unreachable' },
    })
    feed.status = undefined
    expect((await update(desk)).kind).toBe('ready')
  })

  it('recovers from a connection lost during the download', async () => {
    feed.publish({ version: '1.1.0', channels: ['latest'] })
    feed.cutAfterBytes = 250_000
    const desk = deskFor()
    expect(await update(desk)).toMatchObject({
      kind: 'failed',
      reason: { key: 'updateFailure.unreachable' },
    })
    expect(pending()).toEqual([])
    expect((await update(desk)).kind).toBe('ready')
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
  })

  it('reuses a download that an earlier run had finished', async () => {
    feed.publish({ version: '1.1.0', channels: ['latest'] })
    await update(deskFor())
    expect((await update(deskFor())).kind).toBe('ready')
    expect(feed.downloads).toHaveLength(1)
  })

  it('refuses an older version, also right after a change of channel', async () => {
    feed.publish({ version: '1.0.0', channels: ['latest'] })
    feed.publish({ version: '1.1.0-beta.1', channels: ['beta'] })
    settings = { ...settings, channel: 'beta' }
    const desk = deskFor({ version: '1.1.0-beta.1' })
    await update(desk)
    settings = { ...settings, channel: 'latest' }
    desk.settingsChanged()
    await comesTo(desk, 'idle')
    expect(feed.seen).toEqual(['/beta-linux.yml', '/latest-linux.yml'])
    expect(states.some(({ kind }) => kind === 'available')).toBe(false)
  })

  it('finds a beta on the beta channel only', async () => {
    feed.publish({ version: '1.0.0', channels: ['latest'] })
    feed.publish({ version: '1.1.0-beta.1', channels: ['beta'] })
    const desk = deskFor()
    expect((await update(desk)).kind).toBe('idle')
    settings = { ...settings, channel: 'beta' }
    desk.settingsChanged()
    await comesTo(desk, 'ready')
    expect(desk.state).toMatchObject({ version: '1.1.0-beta.1' })
  })
})

describe.runIf(process.platform === 'linux')('a staged rollout (on Linux, of an AppImage)', () => {
  const rollout = async (...args: string[]) => {
    const command = [process.execPath, join(ROOT, 'scripts/rollout.mjs')] as const
    const { code } = await new Program([...args, '--dir', feed.dir], { command }).result()
    expect(code).toBe(0)
  }

  it('reaches an installation once its share has come, and not before', async () => {
    feed.publish({ version: '1.1.0', channels: ['latest'] })
    const desk = deskFor({ stagingId: QUARTER })
    await rollout('set', '20')
    expect((await update(desk)).kind).toBe('idle')
    await rollout('set', '30')
    expect((await update(desk)).kind).toBe('ready')
    // The share is evaluated here: the server learns nothing about it.
    expect(JSON.stringify(feed.headers)).not.toContain(QUARTER)
  })

  it('that is halted withdraws the update from users who have downloaded but not installed it', async () => {
    feed.publish({ version: '1.1.0', channels: ['latest'] })
    const desk = deskFor()
    await update(desk)
    await rollout('halt')
    expect((await update(desk)).kind).toBe('idle')
    await desk.installOnQuit()
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
    await rollout('set', '100')
    expect((await update(desk)).kind).toBe('ready')
  })
})

describe.runIf(process.platform === 'linux')('installing an AppImage (on Linux, where it runs)', () => {
  let started: string
  const startedAs = () => (existsSync(started) ? readFileSync(started, 'utf8') : undefined)

  async function ready(): Promise<UpdateManager> {
    const desk = deskFor()
    expect((await update(desk)).kind).toBe('ready')
    return desk
  }

  beforeEach(() => {
    started = join(dir, 'started')
    const script = `printf "exit=$APPIMAGE_EXIT_AFTER_INSTALL" > "${started}"`
    feed.publish({ version: '1.1.0', channels: ['latest'], script })
  })

  it('waits for a running request, then replaces the file, starts it and quits', async () => {
    const desk = await ready()
    requests = 1
    await desk.install()
    expect(desk.state).toEqual({ kind: 'ready', version: '1.1.0', waitingFor: 'streams' })
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
    requests = 0
    desk.idle()
    await expect.poll(startedAs).toBe('exit=')
    await expect.poll(() => handover).toEqual(['release', 'quit'])
    expect(desk.state.kind).toBe('installing')
    expect(readFileSync(appImage, 'utf8')).toBe(feed.read('CloudToLocalLLM-1.1.0.AppImage'))
    expect(readdirSync(join(dir, 'apps'))).toEqual(['CloudToLocalLLM.AppImage'])
  })

  it('happens at quit without starting the app again', async () => {
    const desk = await ready()
    desk.stop()
    await desk.installOnQuit()
    expect(startedAs()).toBe('exit=true')
    await expect.poll(() => handover).toEqual(['quit'])
    expect(readFileSync(appImage, 'utf8')).toBe(feed.read('CloudToLocalLLM-1.1.0.AppImage'))
  })

  it('keeps the running version if the download has disappeared', async () => {
    const desk = await ready()
    rmSync(join(dir, 'app/cache'), { recursive: true })
    await desk.install()
    expect(desk.state).toMatchObject({ kind: 'failed' })
    expect(handover).toEqual(['release', 'resume'])
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
    expect((await update(desk)).kind).toBe('ready')
    void desk.install()
    await expect.poll(startedAs).toBe('exit=')
  })
})

describe.runIf(process.platform === 'linux')('a deb (on Linux, with a stand-in for dpkg)', () => {
  let dpkgCalls: string

  beforeEach(() => {
    const bin = join(dir, 'bin')
    dpkgCalls = join(dir, 'dpkg-calls')
    mkdirSync(bin)
    writeFileSync(join(bin, 'dpkg'), `#!/bin/sh\necho "$*" >> "${dpkgCalls}"\n`, { mode: 0o755 })
    // Asks for no password; root does not need it at all.
    writeFileSync(join(bin, 'pkexec'), '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 })
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH']}`)
    vi.stubEnv('APPIMAGE', undefined)
    feed.publish({ version: '1.1.0', channels: ['latest'] })
  })

  it('is announced with the command of its package manager, and not downloaded', async () => {
    expect(await update(deskFor({ kind: 'deb' }))).toEqual({
      kind: 'available',
      version: '1.1.0',
      notesUrl: 'https://example.com/1.1.0',
      how: 'packageManager',
      command: 'sudo apt install ./cloudtolocalllm_1.1.0_amd64.deb',
    })
    expect(feed.downloads).toEqual([])
  })

  it('is installed by dpkg once the user has agreed and asks for it, never at quit', async () => {
    settings = { ...settings, allowPrivileged: true }
    const desk = deskFor({ kind: 'deb' })
    expect(await update(desk)).toEqual({ kind: 'ready', version: '1.1.0', waitingFor: null })
    await desk.installOnQuit()
    expect(existsSync(dpkgCalls)).toBe(false)
    void desk.install()
    await expect.poll(() => handover).toEqual(['release', 'quit'])
    expect(readFileSync(dpkgCalls, 'utf8')).toMatch(/^-i \S+\/pending\/cloudtolocalllm_1\.1\.0_amd64\.deb\n$/)
  })

  it('is unchanged when the password is refused', async () => {
    settings = { ...settings, allowPrivileged: true }
    writeFileSync(join(dir, 'bin/dpkg'), '#!/bin/sh\nexit 1\n')
    writeFileSync(join(dir, 'bin/apt-get'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const desk = deskFor({ kind: 'deb' })
    await update(desk)
    await desk.install()
    expect(desk.state.kind).toBe('failed')
    expect(handover).toEqual(['release', 'resume'])
  })
})

describe('releases on GitHub', () => {
  const entry = (tag: string) =>
    `<entry><title>${tag}</title><link rel="alternate" href="http://x/o/r/releases/tag/${tag}"/><content/></entry>`

  beforeEach(() => {
    feed.publish({ version: '1.1.0', channels: ['latest', 'beta'] })
    const entries = entry('v1.1.0')
    writeFileSync(join(feed.dir, 'releases.atom'), `<?xml version="1.0"?><feed>${entries}</feed>`)
    writeFileSync(join(feed.dir, 'latest'), '{"tag_name":"v1.1.0"}')
  })

  const github = () => ({ provider: 'github', owner: 'o', repo: 'r', host: feed.host, protocol: 'http' })

  it('are found by an installed exe, and downloaded from their tag', async () => {
    expect((await update(deskFor({ kind: 'nsis', feed: github() }))).kind).toBe('ready')
    expect(feed.downloads).toEqual(['/o/r/releases/download/v1.1.0/CloudToLocalLLM-Setup-1.1.0.exe'])
  })

  it('with a newer beta reach only users of the beta channel', async () => {
    feed.publish({ version: '1.2.0-beta.1', channels: ['beta'] })
    const entries = entry('v1.2.0-beta.1') + entry('v1.1.0')
    writeFileSync(join(feed.dir, 'releases.atom'), `<?xml version="1.0"?><feed>${entries}</feed>`)
    const desk = deskFor({ kind: 'nsis', feed: github() })
    expect(await update(desk)).toMatchObject({ version: '1.1.0' })
    settings = { ...settings, channel: 'beta' }
    desk.settingsChanged()
    await expect.poll(() => desk.state).toMatchObject({ kind: 'ready', version: '1.2.0-beta.1' })
    expect(feed.downloads.at(-1)).toContain('/v1.2.0-beta.1/')
  })

  it('with a newer stable one reach users of the beta channel too', async () => {
    settings = { ...settings, channel: 'beta' }
    const desk = deskFor({ kind: 'nsis', feed: github(), version: '1.1.0-beta.3' })
    expect(await update(desk)).toMatchObject({ kind: 'ready', version: '1.1.0' })
  })
})
