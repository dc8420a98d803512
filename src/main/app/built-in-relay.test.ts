import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wordsFor } from '../../shared/words.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import { silentLogger } from '../../shared/logger.ts'
import { FakeMachine, until } from './desktop-shell.test-support.ts'
import { BuiltInRelay } from './built-in-relay.ts'

let machine: FakeMachine
let dataDir: string
let relay: BuiltInRelay
let notices: string[]
let returns: number

beforeEach(async () => {
  machine = new FakeMachine()
  notices = []
  returns = 0
  dataDir = (await machine.options()).dataDir
  relay = await open()
})
afterEach(async () => {
  machine.relays.isHanging = false
  await relay.stop()
})

const open = (): Promise<BuiltInRelay> =>
  BuiltInRelay.open({
    dataDir,
    relayHost: machine.relays,
    clock: machine.clock,
    logger: silentLogger,
    notify: (sentence) => notices.push(wordsFor(sentence, 'app')),
    onChange: () => {},
    onReturn: () => returns++,
  })
const pairedAt = (relayUrl: string) => ({ relayUrl }) as DeviceIdentity
const HOME = { subnet: '192.168.1.0/24', gateway: 'dc:39:6f:12:34:56' }
/** Many networks have this subnet. */
const CAFE = { ...HOME, gateway: '00:11:22:33:44:55' }
const HERE = pairedAt('http://127.0.0.1:3001/')
const settingsNow = () => [...machine.relays.running].map(({ settings }) => settings)
const stored = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(dataDir, 'built-in-relay.json'), 'utf8'))

describe('a first start', () => {
  it('returns the URL and a code for this device, and keeps port and reach', async () => {
    expect(relay.stateFor(HERE)).toBeNull()
    expect(await relay.start('computer')).toEqual({
      failure: null,
      url: 'http://127.0.0.1:3001/',
      pairingCode: 'ABCD-2345',
    })
    expect(relay.stateFor(HERE)).toEqual({
      port: 3001,
      reach: 'computer',
      closed: null,
      isStarting: false,
      failure: null,
    })
    expect(await stored()).toEqual({ port: 3001, reach: 'computer', networks: [] })
  })

  it('for this computer listens on loopback only', async () => {
    await relay.start('computer')
    expect(machine.relays.starts).toEqual([
      { dataDir: join(dataDir, 'relay'), host: '127.0.0.1', port: 3001, publicUrl: 'http://127.0.0.1:3001' },
    ])
  })

  it('for the home network listens on all addresses, and tells clients that of this computer', async () => {
    await relay.start('network')
    expect(machine.relays.starts).toMatchObject([
      { host: '0.0.0.0', port: 3001, publicUrl: 'http://192.168.1.20:3001' },
    ])
  })

  it('uses a free port if another program uses the usual one', async () => {
    machine.relays.takenPorts.add(3001)
    expect(await relay.start('computer')).toMatchObject({ failure: null, url: 'http://127.0.0.1:40000/' })
    expect(await stored()).toMatchObject({ port: 40_000, reach: 'computer' })
  })

  it('uses another port if a program takes the chosen one meanwhile', async () => {
    machine.relays.takenMeanwhile.add(3001)
    expect(await relay.start('computer')).toMatchObject({ failure: null, url: 'http://127.0.0.1:40000/' })
    expect(machine.relays.running.size).toBe(1)
  })

  it('without a home network fails, and keeps nothing', async () => {
    machine.relays.address = null
    expect(await relay.start('network')).toEqual({ failure: 'noNetwork' })
    await expect(stored()).rejects.toThrow('ENOENT')
  })

  it('whose process ends or does not respond fails, and leaves no process', async () => {
    machine.relays.isBroken = true
    expect(await relay.start('computer')).toEqual({ failure: 'stopped' })
    Object.assign(machine.relays, { isBroken: false, isHanging: true })
    const hanging = relay.start('computer')
    await until(() => machine.clock.pendingTimers > 0)
    machine.clock.advance(60_000)
    await until(() => machine.clock.pendingTimers > 0)
    machine.clock.advance(3_000)
    expect(await hanging).toEqual({ failure: 'stopped' })
    expect(machine.relays.running.size).toBe(0)
  })
})

describe('a later start', () => {
  it('of the app runs it again only if this device uses it', async () => {
    await relay.start('network')
    await relay.stop()
    expect(machine.relays.running.size).toBe(0)
    relay = await open()
    await relay.resumeFor(null)
    await relay.resumeFor(pairedAt('https://relay.example.com/'))
    await relay.resumeFor(pairedAt('http://127.0.0.1:3002/'))
    expect(machine.relays.running.size).toBe(0)
    await relay.resumeFor(HERE)
    expect([...machine.relays.running]).toMatchObject([{ settings: { host: '0.0.0.0', port: 3001 } }])
  })

  it('with another reach replaces the process at the same port', async () => {
    await relay.start('computer')
    await relay.start('network')
    expect([...machine.relays.running]).toMatchObject([{ settings: { host: '0.0.0.0', port: 3001 } }])
    expect(await stored()).toEqual({ port: 3001, reach: 'network', networks: [HOME] })
  })

  it('that fails leaves it running as before', async () => {
    await relay.start('computer')
    machine.relays.address = null
    expect(await relay.start('network')).toEqual({ failure: 'noNetwork' })
    expect([...machine.relays.running]).toMatchObject([{ settings: { host: '127.0.0.1' } }])
    expect(relay.stateFor(HERE)).toMatchObject({ port: 3001, reach: 'computer', failure: null })
  })

  it('is in progress until the process listens, and is given up when the app stops', async () => {
    await relay.start('computer')
    await relay.stop()
    machine.relays.isHanging = true
    const resumed = relay.resumeFor(HERE)
    await until(() => machine.clock.pendingTimers === 1)
    expect(relay.stateFor(HERE)).toMatchObject({ isStarting: true, failure: null })
    const stopped = relay.stop()
    await until(() => machine.clock.pendingTimers === 2)
    machine.clock.advance(3_000)
    await Promise.all([resumed, stopped])
    expect([machine.clock.pendingTimers, machine.relays.running.size]).toEqual([0, 0])
  })

  it('waits for its port, which clients know, and says so meanwhile', async () => {
    await relay.start('computer')
    await relay.stop()
    machine.relays.takenPorts.add(3001)
    await relay.resumeFor(HERE)
    expect(relay.stateFor(HERE)).toMatchObject({ port: 3001, isStarting: false, failure: 'portInUse' })
    machine.relays.takenPorts.clear()
    machine.clock.advance(1_000)
    await until(() => relay.stateFor(HERE)?.failure === null)
    expect(machine.relays.starts.map(({ port }) => port)).toEqual([3001, 3001, 3001])
    expect(returns).toBe(1)
  })

  it('with an unreadable file forgets it, and tells the user', async () => {
    await writeFile(join(dataDir, 'built-in-relay.json'), '{"port": 70000}', { mode: 0o600 })
    relay = await open()
    expect(relay.stateFor(pairedAt('http://127.0.0.1:70000/'))).toBeNull()
    expect(notices).toEqual([expect.stringContaining('built-in-relay.json could not be used')])
  })
})

describe('a process that crashes', () => {
  const crash = (): void => {
    for (const process of machine.relays.running) process.crash()
  }

  it('is started again, later each time', async () => {
    await relay.start('computer')
    for (const delayMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      crash()
      await until(() => relay.stateFor(HERE)?.failure === 'stopped')
      machine.clock.advance(delayMs - 1)
      expect(machine.relays.running.size).toBe(0)
      machine.clock.advance(1)
      await until(() => machine.relays.running.size === 1 && relay.stateFor(HERE)?.failure === null)
    }
    machine.clock.advance(60_001)
    crash()
    await until(() => relay.stateFor(HERE)?.failure === 'stopped')
    machine.clock.advance(1_000)
    await until(() => machine.relays.running.size === 1)
  })

  it('is not started again after a stop', async () => {
    await relay.start('computer')
    crash()
    await until(() => relay.stateFor(HERE)?.failure === 'stopped')
    await relay.stop()
    machine.clock.advance(120_000)
    await relay.stop()
    expect(machine.relays.running.size).toBe(0)
  })
})

describe('a new address in the home network', () => {
  beforeEach(() => relay.start('network'))

  it('is told to clients', async () => {
    machine.relays.address = '192.168.1.77'
    await relay.networkChanged()
    expect([...machine.relays.running]).toMatchObject([
      { settings: { publicUrl: 'http://192.168.1.77:3001' } },
    ])
  })

  it('that the router assigns while it runs is noticed', async () => {
    machine.clock.advance(30_000)
    await relay.networkChanged()
    machine.relays.address = '192.168.1.77'
    machine.clock.advance(30_000)
    await until(() => machine.relays.starts.length === 2)
    expect(machine.relays.starts[1]).toMatchObject({ publicUrl: 'http://192.168.1.77:3001' })
  })

  it('that is the same restarts nothing', async () => {
    await relay.networkChanged()
    expect(machine.relays.starts).toHaveLength(1)
  })

  it('that is missing leaves it to this computer until there is one', async () => {
    machine.relays.address = null
    await relay.networkChanged()
    expect(relay.stateFor(HERE)).toEqual({
      port: 3001,
      reach: 'computer',
      closed: 'noNetwork',
      isStarting: false,
      failure: null,
    })
    expect(settingsNow()).toMatchObject([{ host: '127.0.0.1', publicUrl: 'http://127.0.0.1:3001' }])
    await relay.allowNetwork()
    machine.relays.address = '192.168.1.77'
    await relay.networkChanged()
    expect(settingsNow()).toMatchObject([{ host: '0.0.0.0', publicUrl: 'http://192.168.1.77:3001' }])
  })

  it('starts nothing where it does not run', async () => {
    await relay.stop()
    await relay.networkChanged()
    expect(machine.relays.running.size).toBe(0)
  })
})

describe('a network', () => {
  const closed = { port: 3001, reach: 'computer', closed: 'untrusted', isStarting: false, failure: null }
  const open3001 = { port: 3001, reach: 'network', closed: null, isStarting: false, failure: null }
  const openFile = async (kept: object): Promise<void> => {
    await writeFile(join(dataDir, 'built-in-relay.json'), JSON.stringify(kept), { mode: 0o600 })
    relay = await open()
    await relay.resumeFor(HERE)
  }

  it('in which the user opens it is remembered', async () => {
    await relay.start('network')
    expect(await stored()).toEqual({ port: 3001, reach: 'network', networks: [HOME] })
  })

  it('that the user has not allowed cannot reach it, until this computer is back in a trusted one', async () => {
    await relay.start('network')
    machine.relays.network = CAFE
    await relay.networkChanged()
    expect(relay.stateFor(HERE)).toEqual(closed)
    expect(settingsNow()).toMatchObject([{ host: '127.0.0.1', publicUrl: 'http://127.0.0.1:3001' }])
    await relay.networkChanged()
    expect(machine.relays.starts).toHaveLength(2)
    machine.relays.network = HOME
    machine.clock.advance(30_000)
    await until(() => relay.stateFor(HERE)?.closed === null)
    expect(relay.stateFor(HERE)).toEqual(open3001)
    expect(settingsNow()).toMatchObject([{ host: '0.0.0.0', publicUrl: 'http://192.168.1.20:3001' }])
    expect(await stored()).toMatchObject({ networks: [HOME] })
  })

  it('can be allowed, then and later', async () => {
    await relay.start('network')
    machine.relays.network = CAFE
    await relay.networkChanged()
    await relay.allowNetwork()
    expect(relay.stateFor(HERE)).toEqual(open3001)
    machine.relays.network = HOME
    await relay.networkChanged()
    expect(relay.stateFor(HERE)).toEqual(open3001)
    expect(await stored()).toMatchObject({ networks: [HOME, CAFE] })
    expect(machine.relays.starts).toHaveLength(3)
  })

  it('that is not trusted is found at the start of the app, before anything listens in it', async () => {
    await openFile({ port: 3001, reach: 'network', networks: [CAFE] })
    expect(relay.stateFor(HERE)).toEqual(closed)
    expect(machine.relays.starts).toMatchObject([{ host: '127.0.0.1' }])
  })

  it('whose gateway has not answered closes nothing that is open, and opens nothing that is closed', async () => {
    await relay.start('network')
    machine.relays.network = { ...HOME, gateway: null }
    const changed = relay.networkChanged()
    await until(() => machine.clock.pendingTimers === 2)
    machine.relays.network = HOME
    machine.clock.advance(1_000)
    await changed
    expect(machine.relays.starts).toHaveLength(1)

    machine.relays.network = CAFE
    await relay.networkChanged()
    machine.relays.network = { ...HOME, gateway: null }
    const again = relay.networkChanged()
    await until(() => machine.clock.pendingTimers === 2)
    expect(relay.stateFor(HERE)).toEqual(closed)
    machine.relays.network = HOME
    machine.clock.advance(1_000)
    await again
    expect(relay.stateFor(HERE)).toEqual(open3001)
  })

  it('is the trusted one for a file of an earlier version, which had none', async () => {
    await openFile({ port: 3001, reach: 'network' })
    expect(relay.stateFor(HERE)).toEqual(open3001)
    expect(await stored()).toEqual({ port: 3001, reach: 'network', networks: [HOME] })
    machine.relays.network = CAFE
    await relay.networkChanged()
    expect(relay.stateFor(HERE)).toEqual(closed)
  })

  it('is forgotten when the user chooses this computer only', async () => {
    await relay.start('network')
    await relay.start('computer')
    expect(await stored()).toMatchObject({ networks: [] })
    await relay.networkChanged()
    expect(relay.stateFor(HERE)).toMatchObject({ reach: 'computer', closed: null })
  })

  it.each([
    ['of an invalid subnet', [{ ...HOME, subnet: '192.168.1.0' }]],
    ['of an invalid gateway', [{ ...HOME, gateway: 'AC-DE-48-00-11-22' }]],
    ['too many', Array.from({ length: 17 }, () => HOME)],
  ])('list %s makes the file unusable', async (_, networks) => {
    await openFile({ port: 3001, reach: 'network', networks })
    expect(relay.stateFor(HERE)).toBeNull()
    expect(notices).toEqual([expect.stringContaining('built-in-relay.json could not be used')])
  })
})

describe('another relay', () => {
  it('ends it for good', async () => {
    await relay.start('computer')
    await relay.forgetUnlessFor(HERE)
    expect(machine.relays.running.size).toBe(1)
    await relay.forgetUnlessFor(pairedAt('https://relay.example.com/'))
    expect(machine.relays.running.size).toBe(0)
    expect(await stored()).toBeNull()
    expect(relay.stateFor(HERE)).toBeNull()
  })
})

describe('a process that does not stop', () => {
  it('is killed', async () => {
    await relay.start('computer')
    machine.relays.isHanging = true
    const stopped = relay.stop()
    await until(() => machine.clock.pendingTimers > 0)
    machine.clock.advance(3_000)
    await stopped
    expect(machine.relays.running.size).toBe(0)
  })
})
