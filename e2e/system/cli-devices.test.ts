import { expect } from 'vitest'
import { closedAfterEach, fresh } from '../support/fixtures.ts'
import { Workshop } from '../support/program.ts'

const workshop = closedAfterEach(new Workshop())

const it = fresh
  /** Revocations are kept there. */
  .extend('relayFlags', ({ dataDir }) => ({ dataDir }))
  /** A paired device with this name, as its data directory. */
  .extend('paired', ({ relay }) => async (name: string): Promise<string> => {
    const dataDir = await workshop.dataDir()
    const args = ['pair', '--json', '--relay', relay.url, '--name', name, '--data-dir', dataDir]
    expect(await workshop.run([...args, relay.mintPairingCode('owner')]).exit).toBe(0)
    return dataDir
  })

it('devices are listed, and one is revoked by its name: its bridge stops and prints the reason', async ({
  upstream,
  paired,
}) => {
  const devices = (dataDir: string, ...args: string[]) =>
    workshop.run(['devices', ...args, '--json', '--data-dir', dataDir]).result()
  const desktop = await paired('desktop')
  const laptop = await paired('laptop')
  const bridge = workshop.run(['bridge', '--json', '--upstream', upstream.origin, '--data-dir', laptop])
  await bridge.stdout.json(({ event }) => event === 'online')
  const listed = await devices(desktop, 'list')
  expect(JSON.parse(listed.stdout)).toMatchObject({ deviceName: 'laptop', connected: true, revoked: false })
  const table = (await workshop.run(['devices', 'list', '--data-dir', desktop]).result()).stdout.split('\n')
  expect(table[0]).toBe('Name    State      Last seen (UTC)   Id')
  expect(table[1]).toMatch(/^laptop {2}connected {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}\S{36}$/)
  // Through the bridge that is running on the directory, which cannot revoke its own device.
  const own = await devices(laptop, 'revoke', 'laptop')
  expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('sign-out')])
  const unknown = await devices(desktop, 'revoke', 'phone')
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringMatching(/no device with this name\. List them: .*devices list/),
  ])
  const revoked = await devices(desktop, 'revoke', 'Laptop')
  expect([revoked.code, JSON.parse(revoked.stdout)]).toEqual([
    0,
    { deviceId: expect.any(String), revoked: true, known: true, lasting: true },
  ])
  expect(await bridge.exit).toBe(1)
  expect(bridge.stderr.seen.join('\n')).toContain('revoked')
  expect((await devices(laptop, 'list')).stderr).toContain('revoked')
})
