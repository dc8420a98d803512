import { expect, test } from 'vitest'

import type { OwnerId } from '../../shared/brands.ts'
import { deleteDeviceIdentity, loadDeviceIdentity, saveDeviceIdentity } from './device-identity.ts'
import { MemorySecrets } from './secrets.ts'

const IDENTITY = {
  credential: 'very-secret',
  relayUrl: 'https://relay.example',
  ownerId: 'owner' as OwnerId,
  deviceId: 'device',
  address: 'abcdefghij234567abcd',
}

test('an identity is stored until it is deleted', async () => {
  const secrets = new MemorySecrets()
  expect(await loadDeviceIdentity(secrets)).toBeNull()
  await saveDeviceIdentity(secrets, IDENTITY)
  expect(await loadDeviceIdentity(secrets)).toEqual(IDENTITY)
  await deleteDeviceIdentity(secrets)
  expect(await loadDeviceIdentity(secrets)).toBeNull()
})

test.each([
  ['{"credential":', 'not an object'],
  ['null', 'not an object'],
  [JSON.stringify({ ...IDENTITY, address: '../x' }), 'address'],
  [JSON.stringify({ ...IDENTITY, deviceId: undefined }), 'deviceId'],
])(
  'a damaged identity is reported with its invalid fields and a fix, but not its content: %s',
  async (text, part) => {
    const secrets = new MemorySecrets()
    await secrets.set('device', text)
    const thrown: unknown = await loadDeviceIdentity(secrets).catch((cause: unknown) => cause)
    expect(thrown).toMatchObject({ code: 'NOT_PAIRED', message: expect.stringContaining('Pair again') })
    expect(String(thrown)).toContain(part)
    expect(String(thrown)).not.toContain('very-secret')
  },
)
