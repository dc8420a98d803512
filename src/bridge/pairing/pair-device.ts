import { z } from 'zod'
import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { askRelay, errorInAnswer } from '../dial/relay-request.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { createDeviceKey } from '../secrets/device-key.ts'

const Paired = z.object({
  credential: z.string(),
  deviceId: z.string(),
  ownerId: z.string().transform((ownerId) => ownerId as OwnerId),
  address: z.string(),
})

/** Accepts any spelling of a code; the relay decides. Keys and URLs are refused. */
const MAYBE_CODE = /^[\p{L}\p{N}\s-]{1,64}$/u

/**
 * Exchanges a one-time code for this device's identity. Stores nothing.
 * @param relayUrl the result of `parseRelayUrl`
 * @throws AppError PAIRING_CODE_INVALID, PAIRING_LOCKED, RELAY_UNREACHABLE, RELAY_REFUSED
 */
export async function pairDevice(
  relayUrl: URL,
  code: string,
  deviceName: string,
  clock: Clock,
): Promise<DeviceIdentity> {
  if (!MAYBE_CODE.test(code)) throw new AppError('PAIRING_CODE_INVALID', errorCase('case.pairingCode'))
  const key = createDeviceKey()
  const answer = await askRelay(relayUrl, 'api/pair', clock, {
    json: { code, deviceName, deviceKey: key.x },
  })
  if (answer.status !== 200)
    throw errorInAnswer(answer, {
      400: 'PAIRING_CODE_INVALID',
      403: 'PAIRING_CODE_INVALID',
      429: 'PAIRING_LOCKED',
    })
  try {
    const { credential, deviceId, ownerId, address } = Paired.parse(JSON.parse(answer.body))
    return { credential, deviceId, ownerId, address, relayUrl: relayUrl.href, key }
  } catch (cause) {
    throw new AppError('RELAY_REFUSED', undefined, { cause })
  }
}
