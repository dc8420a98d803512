import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { acquire } from '../../bridge/data-dir/owner-lock.ts'
import { FILES } from '../../bridge/data-dir/paths.ts'
import { toSettings } from '../../bridge/settings/schema.ts'
import { QUIET_MS } from '../../bridge/updates/update-policy.ts'
import { silentLogger } from '../../shared/logger.ts'
import { FakeMachine, until } from './desktop-shell.test-support.ts'
import type { AppCoreOptions } from './app-core-options.ts'
import { AppCore } from './app-core.ts'
import { toConnectionView } from '../view/connection-view.ts'

/** A keychain that can be locked or slow. */
const keychain = vi.hoisted(() => ({
  isLocked: false,
  entries: new Map<string, string>(),
  /** Called with each name that is read, and awaited. */
  onRead: async (_account: string): Promise<void> => {},
}))
vi.mock('keytar', () => ({
  default: {
    async getPassword(_service: string, account: string) {
      await keychain.onRead(account)
      return keychain.isLocked ? null : (keychain.entries.get(account) ?? null)
    },
    async setPassword(_service: string, account: string, value: string) {
      if (keychain.isLocked) throw new Error('locked')
      keychain.entries.set(account, value)
    },
    deletePassword: async (_service: string, account: string) => keychain.entries.delete(account),
  },
}))

const IDENTITY = {
  credential: 'c',
  // Nothing listens on this port.
  relayUrl: 'http://127.0.0.1:1/',
  ownerId: 'me' as OwnerId,
  deviceId: 'this',
  address: 'a'.repeat(20),
}

let machine: FakeMachine
let options: AppCoreOptions
let app: AppCore

beforeEach(async () => {
  vi.stubEnv('CLOUDTOLOCALLLM_SECRETS', '')
  Object.assign(keychain, { isLocked: false, entries: new Map(), onRead: async () => {} })
  machine = new FakeMachine()
  options = {
    ...(await machine.options()),
    logger: silentLogger,
    onChange: () => {},
    onRelease: () => machine.log.push('release'),
    onResume: () => machine.log.push('resume'),
  }
  app = new AppCore(options, toSettings({}))
})
afterEach(async () => {
  await app.stop()
  vi.unstubAllEnvs()
})

/** Pairs this device, as an earlier run would. */
async function pairedBefore(): Promise<void> {
  const before = new AppCore(options, toSettings({}))
  await before.start()
  await before.open.profile.saveIdentity(IDENTITY)
  await before.stop()
}

describe('a locked keychain', () => {
  it('can be retried, and everything is available once it is open', async () => {
    await pairedBefore()
    keychain.isLocked = true
    for (let i = 0; i < 2; i++) {
      await app.start()
      expect(app.state).toMatchObject({ secrets: { kind: 'locked' }, bridge: null })
    }
    keychain.isLocked = false
    await app.start()
    expect(app.state).toMatchObject({ secrets: { kind: 'keychain' }, account: { deviceId: 'this' } })
  })

  it('that locks during the start leaves the directory free for a retry', async () => {
    await pairedBefore()
    keychain.onRead = async (account) => {
      if (account.startsWith('device')) keychain.isLocked = true
    }
    await app.start()
    expect(app.state.secrets.kind).toBe('locked')
    Object.assign(keychain, { isLocked: false, onRead: async () => {} })
    await app.start()
    expect(app.state.account).toMatchObject({ deviceId: 'this' })
  })

  it('is opened once if the user clicks twice', async () => {
    await pairedBefore()
    await expect(Promise.all([app.start(), app.start()])).resolves.toBeDefined()
    expect(app.isOpen).toBe(true)
  })

  it('can be given up for a new sign-in, even while waiting for it', async () => {
    await pairedBefore()
    keychain.isLocked = true
    await Promise.all([app.start(), app.start({ giveUpKeychain: true })])
    expect(app.state).toMatchObject({ secrets: { kind: 'memory' }, account: null })
    expect(app.isOpen).toBe(true)
  })

  it('is not reported before the app has tried to open it', () => {
    expect(() => app.open).toThrow(/not ready yet/)
  })
})

describe('the data directory', () => {
  it('is released with the last change written once the app has stopped', async () => {
    await app.start()
    const kept = app.open.profile.settings.patch({ windowBounds: { x: 1, y: 2, width: 400, height: 500 } })
    await app.stop()
    const text = await readFile(join(options.dataDir, 'settings.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ windowBounds: { x: 1, y: 2 } })
    await kept
    await (await acquire(options.dataDir)).close()
  })

  it('held by another process is an error', async () => {
    const other = await acquire(options.dataDir)
    await expect(app.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    await other.close()
    await app.start()
  })

  it('with an unreadable identity still opens, so that the user can sign in again', async () => {
    await app.start()
    await app.open.profile.secrets.set('device', '{}')
    await app.stop()
    await app.start()
    expect(app.state.account).toBeNull()
    expect(app.state.notices).toHaveLength(1)
  })
})

describe('a network change', () => {
  it('that only the bridge has noticed is told to the built-in relay', async () => {
    await app.start()
    await app.open.builtInRelay.start('network')
    machine.relays.network = { subnet: '10.0.0.0/24', gateway: null }
    machine.clock.jump(60_000)
    machine.clock.advance(5_000)
    await until(() => machine.relays.starts.length === 2)
    expect(machine.relays.starts[1]?.host).toBe('127.0.0.1')
  })
})

describe('the built-in relay', () => {
  it('starts beside the bridge, which connects as soon as it listens', async () => {
    await pairedBefore()
    await writeFile(join(options.dataDir, FILES.builtInRelay), '{"port":1,"reach":"computer"}', {
      mode: 0o600,
    })
    machine.relays.isHanging = true
    await app.start()
    const tunnel = () => app.state.bridge?.tunnel
    await until(() => tunnel()?.kind === 'waiting')
    expect(toConnectionView(app.state)).toMatchObject({
      kind: 'starting',
      detail: 'Starting the relay on this computer.',
      retryAt: null,
    })
    machine.clock.advance(100)
    machine.relays.obey()
    // Again the first attempt, and before the second one was due.
    await until(() => app.state.builtInRelay?.isStarting === false)
    await until(() => tunnel()?.kind === 'waiting')
    expect(tunnel()).toMatchObject({ attempt: 1, retryAt: machine.clock.now() + 500 })
    expect(toConnectionView(app.state).title).toBe('Reconnecting')
  })
})

describe('an update', () => {
  async function ready(): Promise<void> {
    await app.start()
    machine.updater.version = '9.9.9'
    await app.updates.check()
    await until(() => app.state.update.kind === 'ready')
  }

  it('is installed with the bridge stopped, and the app continues if it fails', async () => {
    await ready()
    machine.updater.installError = new Error('disk full')
    machine.clock.advance(QUIET_MS)
    await until(() => machine.log.includes('resume'))
    expect(machine.log.indexOf('release')).toBeLessThan(machine.log.indexOf('resume'))
    await until(() => app.isOpen)
    expect(app.state).toMatchObject({ update: { kind: 'failed' }, isDraining: false })
  })
})
