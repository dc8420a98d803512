/**
 * A bridge in a separate process. Takes the relay's URL, a pairing code and the upstream's origin as arguments; prints a key
 * once it is online, then answers questions about itself.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bridge } from '../../src/bridge/bridge.ts'
import { KeyStore } from '../../src/bridge/keys/key-store.ts'
import { pairDevice } from '../../src/bridge/pairing/pair-device.ts'
import { openJobs } from '../../src/bridge/profile/profile.ts'
import { MemorySecrets } from '../../src/bridge/secrets/secrets.ts'
import { SettingsStore } from '../../src/bridge/settings/settings-store.ts'
import { discoverUpstream } from '../../src/bridge/upstream/discovery.ts'
import { silentLogger } from '../../src/shared/logger.ts'
import { systemClock as clock } from '../../src/tunnel/system-clock.ts'
import { answerQuestions, say } from './separate-process.ts'

const [relayUrl = '', code = '', upstreamUrl = ''] = process.argv.slice(2)
const dataDir = mkdtempSync(join(tmpdir(), 'ctl-bridge-'))
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))
const identity = await pairDevice(new URL(relayUrl), code, 'separate bridge', clock)
const onBad = (): void => {}
const keys = await KeyStore.open({ dataDir, clock, ownerRoutingId: async () => identity.address, onBad })
const { key } = await keys.create({
  name: 'test',
  scopes: ['inference', 'read', 'manage'],
  models: null,
  expiresAt: null,
  requestsPerMinute: null,
  maxConcurrent: null,
})
const policyPath = join(dataDir, 'policy.json')
const online = Promise.withResolvers<void>()
const settings = await SettingsStore.load({ dataDir, clock, env: {}, onBad, policyPath })
const bridge = new Bridge({
  identity,
  settings,
  secrets: new MemorySecrets(),
  keys,
  jobs: await openJobs(
    dataDir,
    () => {},
    () => settings.value,
  ),
  upstream: { discover: () => discoverUpstream({ explicitUrl: upstreamUrl, env: {} }) },
  clock,
  random: Math.random,
  logger: silentLogger,
  env: {},
  onChange: ({ tunnel }) => {
    if (tunnel.kind === 'online') online.resolve()
  },
  onRequest: () => {},
})
await bridge.start()
await online.promise
say({ key })
answerQuestions()
