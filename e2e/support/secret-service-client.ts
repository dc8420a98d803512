// A program: opens the secrets of a data directory and does what stdin asks for, one JSON line each.
import { createInterface } from 'node:readline'
import { wordsFor, type KeyedText } from '../../src/shared/words.ts'
import type { OwnerId } from '../../src/shared/brands.ts'
import {
  deleteDeviceIdentity,
  loadDeviceIdentity,
  saveDeviceIdentity,
} from '../../src/bridge/secrets/device-identity.ts'
import { openSecrets } from '../../src/bridge/secrets/open-secrets.ts'
import type { PlacedSecrets } from '../../src/bridge/secrets/placed-secrets.ts'
import { toAppError } from '../../src/shared/errors.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import type { SecretsAnswer, SecretsCommand } from './secret-service.ts'
import { say } from './separate-process.ts'

const IDENTITY = {
  credential: 'a credential',
  relayUrl: 'https://relay.example',
  ownerId: 'owner' as OwnerId,
  deviceId: 'this device',
  address: 'abcdefghij234567abcd',
}
const [, , dataDir = ''] = process.argv
let secrets: PlacedSecrets | undefined

async function open(giveUpKeychain = false): Promise<SecretsAnswer> {
  const told: string[] = []
  const notify = (sentence: KeyedText) => void told.push(wordsFor(sentence, 'cli'))
  secrets = await openSecrets({
    dataDir,
    allowFile: false,
    giveUpKeychain,
    notify,
    clock: systemClock,
    env: {},
  })
  return { told }
}

async function obey(command: SecretsCommand): Promise<SecretsAnswer> {
  if (command.do === 'open') return open(command.giveUpKeychain)
  if (secrets === undefined) throw new Error('nothing is open')
  switch (command.do) {
    case 'save':
      await saveDeviceIdentity(secrets, IDENTITY)
      return {}
    case 'load':
      return { deviceId: (await loadDeviceIdentity(secrets))?.deviceId ?? null }
    case 'delete':
      await deleteDeviceIdentity(secrets)
      return {}
    case 'keepIn':
      await secrets.keepIn(command.kind)
      return {}
  }
}

for await (const line of createInterface(process.stdin)) {
  try {
    const answer = await obey(JSON.parse(line) as SecretsCommand)
    say({ kind: secrets?.kind, trouble: secrets?.trouble, ...answer })
  } catch (cause) {
    const { code, message } = toAppError(cause)
    const trouble = cause instanceof Error && 'trouble' in cause ? cause.trouble : null
    say({ code, message, trouble })
  }
}
