import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { Workshop } from '../support/program.ts'
import { startTestRelay } from '../support/stack.ts'

const workshop = new Workshop()
let relay: Relay
let upstream: FakeUpstream
let relayDir: string
let desktop: string
let laptop: string
beforeEach(async () => {
  relayDir = await mkdtemp(join(tmpdir(), 'ctl-cli-devices-'))
  relay = await startTestRelay({ dataDir: relayDir })
  upstream = await FakeUpstream.start()
  desktop = await paired('desktop')
  laptop = await paired('laptop')
})
afterEach(async () => {
  await workshop.close()
  await relay.close()
  await upstream.close()
  await rm(relayDir, { recursive: true })
})

async function paired(name: string): Promise<string> {
  const dataDir = await workshop.dataDir()
  const args = ['pair', '--json', '--relay', relay.url, '--name', name, '--data-dir', dataDir]
  expect(await workshop.run([...args, relay.mintPairingCode('owner')]).exit).toBe(0)
  return dataDir
}

const devices = (dataDir: string, ...args: string[]) =>
  workshop.run(['devices', ...args, '--json', '--data-dir', dataDir]).result()

describe('devices', () => {
  it('are listed, and one is revoked by its name: its bridge stops and prints the reason', async () => {
    const bridge = workshop.run(['bridge', '--json', '--upstream', upstream.origin, '--data-dir', laptop])
    await bridge.stdout.json(({ event }) => event === 'online')
    const listed = await devices(desktop, 'list')
    expect(JSON.parse(listed.stdout)).toMatchObject({ deviceName: 'laptop', connected: true, revoked: false })
    // Through the bridge that runs on the directory, whose device nobody takes away from itself.
    const own = await devices(laptop, 'revoke', 'laptop')
    expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('sign-out')])
    const unknown = await devices(desktop, 'revoke', 'phone')
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('no device with this name')])
    const revoked = await devices(desktop, 'revoke', 'Laptop')
    expect([revoked.code, JSON.parse(revoked.stdout)]).toEqual([
      0,
      { deviceId: expect.any(String), revoked: true, known: true, lasting: true },
    ])
    expect(await bridge.exit).toBe(1)
    expect(bridge.stderr.seen.join('\n')).toContain('revoked')
    expect((await devices(laptop, 'list')).stderr).toContain('revoked')
  }, 60_000)
})
