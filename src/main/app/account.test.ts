import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { SystemProxy } from '../../bridge/dial/system-proxy.ts'
import {
  loadDeviceIdentity,
  saveDeviceIdentity,
  type DeviceIdentity,
} from '../../bridge/secrets/device-identity.ts'
import { MemorySecrets } from '../../bridge/secrets/secrets.ts'
import { SecretsUnavailable } from '../../bridge/secrets/trouble.ts'
import { silentLogger } from '../../shared/logger.ts'
import { wordsFor } from '../../shared/words.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { Account, type AccountOptions } from './account.ts'

const ROUTING_ID = 'a'.repeat(20)
const PAIRED = { credential: 'c', deviceId: 'new', ownerId: 'me' as OwnerId, address: ROUTING_ID }

/** Relay and identity provider in one server; each response can be delayed. */
let server: Server
let origin: string
/** By path: a response, or a handler. */
let answers: Record<string, object | ((response: ServerResponse) => void)>
let asked: string[]

let secrets: MemorySecrets
let opened: string[]
let identities: (string | null)[]
let notices: string[]
let account: Account

beforeEach(async () => {
  asked = []
  opened = []
  identities = []
  notices = []
  server = createServer((request, response) => {
    asked.push(request.url!)
    const answer = answers[request.url!]
    if (typeof answer === 'function') return answer(response)
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const oidc = { issuer: origin, clientId: 'app', audience: origin, scopes: 'openid' }
  answers = {
    '/.well-known/cloudtolocalllm': {
      name: 'cloudtolocalllm',
      version: '0.1.0',
      signIn: { pairing: true, oidc },
    },
    '/.well-known/openid-configuration': {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      revocation_endpoint: `${origin}/revoke`,
      code_challenge_methods_supported: ['S256'],
    },
    '/api/pair': PAIRED,
  }
  secrets = new MemorySecrets()
  account = new Account({
    profile: {
      secrets,
      settings: { value: { deviceName: 'desk' } },
      identity: () => loadDeviceIdentity(secrets),
      saveIdentity: (identity: DeviceIdentity) => saveDeviceIdentity(secrets, identity),
    } as unknown as AccountOptions['profile'],
    system: { openExternal: async (url) => void opened.push(url) },
    proxy: new SystemProxy({}, async () => 'DIRECT'),
    clock: new FakeClock(),
    logger: silentLogger,
    env: {},
    onIdentity: (identity) => identities.push(identity && identity.deviceId),
    onChange: () => {},
    notify: (words) => notices.push(wordsFor(words, 'app')),
  })
})
afterEach(() => {
  account.cancel()
  server.closeAllConnections()
  server.close()
})

/** Waits until the server has received a request for a path. */
async function heard(path: string): Promise<void> {
  while (!asked.includes(path)) await new Promise((resolve) => setImmediate(resolve))
}

async function keep(changes: Partial<DeviceIdentity> = {}): Promise<DeviceIdentity> {
  const identity: DeviceIdentity = { ...PAIRED, deviceId: 'old', relayUrl: `${origin}/`, ...changes }
  await saveDeviceIdentity(secrets, identity)
  return identity
}

const SIGNED_IN = { clientId: 'app', audience: 'relay', refreshToken: 'r', obtainedAt: 0, expiresAt: 1 }

describe('signing in', () => {
  it('opens no browser if cancelled beforehand', async () => {
    let answer: ServerResponse | undefined
    const offer = answers['/.well-known/cloudtolocalllm']
    answers['/.well-known/cloudtolocalllm'] = (response) => void (answer = response)
    const signedIn = account.start(origin, null)
    await heard('/.well-known/cloudtolocalllm')
    account.cancel()
    answer!.end(JSON.stringify(offer))
    await signedIn
    expect(account.signIn).toBeNull()
    expect(opened).toEqual([])
  })

  it('waits for the browser, and is cancelled without an error', async () => {
    const signedIn = account.start(origin, null)
    while (opened.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(account.signIn).toEqual({ kind: 'browser', issuer: new URL(origin).host })
    account.cancel()
    await signedIn
    expect(account.signIn).toBeNull()
    expect(identities).toEqual([])
  })

  it('clears its failure once the device is paired', async () => {
    delete answers['/.well-known/openid-configuration']
    await expect(account.start(origin, null)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    expect(account.signIn).toMatchObject({ kind: 'failed' })
    await account.pair(origin, 'ABCD-EFGH')
    expect(account.signIn).toBeNull()
    expect(identities).toEqual(['new'])
  })
})

describe('signing out', () => {
  it('deletes the identity and revokes the tokens', async () => {
    await keep({ oidc: { issuer: origin, ...SIGNED_IN } })
    answers['/revoke'] = {}
    await account.signOut()
    expect(identities).toEqual([null])
    expect(await loadDeviceIdentity(secrets)).toBeNull()
    expect(asked).toContain('/revoke')
  })

  it('revokes the tokens even if the keychain does not delete the identity, and reports that', async () => {
    await keep({ oidc: { issuer: origin, ...SIGNED_IN } })
    answers['/revoke'] = {}
    secrets.delete = () => Promise.reject(new SecretsUnavailable('locked', 'no'))
    await expect(account.signOut()).rejects.toMatchObject({ code: 'SECRETS_UNAVAILABLE' })
    expect(identities).toEqual([null])
    expect(asked).toContain('/revoke')
  })

  it('cancels a sign-in in progress, which would undo it', async () => {
    const signedIn = account.start(origin, null)
    while (opened.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await account.signOut()
    await signedIn
    expect(account.signIn).toBeNull()
  })
})

describe('the identity at start', () => {
  it('is null if the stored one is damaged, which is reported', async () => {
    await secrets.set('device', '{"credential":"x"}')
    expect(await account.identityAtStart(undefined, undefined)).toBeNull()
    expect(notices).toEqual([expect.stringContaining('damaged')])
  })

  it('is unchanged if the keychain is unavailable', async () => {
    secrets.get = () => Promise.reject(new SecretsUnavailable('locked', 'no'))
    await expect(account.identityAtStart(origin, 'ABCD-EFGH')).rejects.toMatchObject({
      code: 'SECRETS_UNAVAILABLE',
    })
    expect(asked).toEqual([])
  })

  it('stays with the local relay when its port changes', async () => {
    await keep({ relayUrl: 'http://127.0.0.1:1/' })
    answers['/api/tunnel/status'] = {}
    const identity = await account.identityAtStart(`${origin}/`, 'ABCD-EFGH')
    expect(identity).toMatchObject({ deviceId: 'old', relayUrl: `${origin}/` })
  })

  it('is paired again if the relay does not know it', async () => {
    await keep({ relayUrl: 'http://127.0.0.1:1/' })
    expect(await account.identityAtStart(`${origin}/`, 'ABCD-EFGH')).toMatchObject({ deviceId: 'new' })
    expect(await loadDeviceIdentity(secrets)).toMatchObject({ deviceId: 'new' })
  })

  it('is not replaced by a local relay if it belongs to another relay', async () => {
    await keep({ relayUrl: 'https://relay.example/' })
    expect(await account.identityAtStart(`${origin}/`, 'ABCD-EFGH')).toMatchObject({ deviceId: 'old' })
    expect(asked).toEqual([])
  })
})
