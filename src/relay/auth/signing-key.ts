import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
} from 'node:crypto'
import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { AppError } from '../../shared/errors.ts'
import { fileTroubleWords } from '../../shared/system-error.ts'
import { wordsFor } from '../../shared/words.ts'
import { createPrivateDir, createSynced } from '../synced-file.ts'
import { readKeyFile, requireOwnKeyDir } from './key-file.ts'

/** The relay's identity: signs device credentials and marks routing ids as its own. */
export interface SigningKey {
  /** JWK thumbprint (RFC 7638). */
  readonly keyId: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** HMAC secret for routing ids, derived from the private key. */
  readonly routingSecret: Uint8Array
  /** HMAC secret for data passed between replicas, derived likewise. */
  readonly hopSecret: Uint8Array
  /** Pre-shared key of the connections between replicas, derived likewise. */
  readonly hopTlsSecret: Uint8Array
  /** HMAC secret for values in Redis, derived likewise. */
  readonly sharedStateSecret: Uint8Array
  /** HMAC secret for pairing codes, derived likewise. */
  readonly codeSecret: Uint8Array
  /** HMAC secret for the challenges that devices sign in HTTP requests, derived likewise. */
  readonly challengeSecret: Uint8Array
  /** HMAC secret for the list of revoked devices, derived likewise. */
  readonly revocationSecret: Uint8Array
}

const FILE = 'relay-key.json'

/**
 * Loads the key in `<dataDir>/relay-key.json`, or creates it. Relays that start together on one directory agree on one
 * key.
 * @param jwk the content of such a file, used instead
 * @throws AppError CONFIG_INVALID if the file cannot be read or written, or others could have written it. An existing
 * file is never overwritten: a new key would invalidate every paired device.
 */
export async function loadSigningKey(dataDir: string, jwk?: string): Promise<SigningKey> {
  if (jwk !== undefined) return toSigningKey(parseKey(jwk, 'RELAY_KEY'))
  const path = join(dataDir, FILE)
  try {
    await requireOwnKeyDir(dataDir)
    return await toSigningKey((await readKey(path)) ?? (await createKey(dataDir, path)))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('CONFIG_INVALID', `--data-dir: ${wordsFor(fileTroubleWords(path, cause), 'cli')}`, {
      cause,
    })
  }
}

/** A key in memory only. */
export function createSigningKey(): Promise<SigningKey> {
  return toSigningKey(generateKeyPairSync('ed25519').privateKey)
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  const text = await readKeyFile(path)
  return text === undefined ? undefined : parseKey(text, `--data-dir: ${path}`)
}

function parseKey(text: string, source: string): KeyObject {
  try {
    const jwk = JSON.parse(text) as JsonWebKey
    const key = createPrivateKey({ key: jwk, format: 'jwk' })
    // Node uses only the private half: a mismatched public half means that the file was modified.
    if (key.asymmetricKeyType === 'ed25519' && key.export({ format: 'jwk' }).x === jwk.x) return key
  } catch {
    // The parser's message could contain the secret.
  }
  throw new AppError(
    'CONFIG_INVALID',
    `${source} is not a relay key. Restore it, or move it away and pair all devices again.`,
  )
}

async function createKey(dataDir: string, path: string): Promise<KeyObject> {
  createPrivateDir(dataDir)
  const { privateKey } = generateKeyPairSync('ed25519')
  const draft = `${path}.${randomUUID()}`
  try {
    await createSynced(draft, `${JSON.stringify(privateKey.export({ format: 'jwk' }))}\n`)
    // Unlike a rename, a link fails if another process was faster.
    await link(draft, path)
    return privateKey
  } catch (error) {
    const faster = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKey(path) : undefined
    if (faster === undefined) throw error
    return faster
  } finally {
    await rm(draft, { force: true })
  }
}

async function toSigningKey(privateKey: KeyObject): Promise<SigningKey> {
  const publicKey = createPublicKey(privateKey)
  const { d = '' } = privateKey.export({ format: 'jwk' })
  const seed = Buffer.from(d, 'base64url')
  const derived = (purpose: string) => new Uint8Array(hkdfSync('sha256', seed, '', purpose, 32))
  return {
    keyId: await calculateJwkThumbprint(publicKey.export({ format: 'jwk' })),
    privateKey,
    publicKey,
    routingSecret: derived('ctl.address'),
    hopSecret: derived('ctl.hop'),
    hopTlsSecret: derived('ctl.hop-tls'),
    sharedStateSecret: derived('ctl.shared-state'),
    codeSecret: derived('ctl.code'),
    challengeSecret: derived('ctl.challenge'),
    revocationSecret: derived('ctl.revocation'),
  }
}
