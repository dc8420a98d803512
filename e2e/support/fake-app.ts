/**
 * A substitute for the desktop app as `start` uses it, without a window: parses the app's arguments, pairs, runs a
 * bridge, reports its status, and quits when its parent's IPC channel closes. SIGUSR2 simulates the user's "Quit".
 */
import { parseArgs } from 'node:util'
import { Bridge } from '../../src/bridge/bridge.ts'
import { defaultKeyOf } from '../../src/bridge/profile/default-key.ts'
import { openProfile, upstreamUrlFor } from '../../src/bridge/profile/profile.ts'
import { statusHandlers } from '../../src/bridge/profile/status-commands.ts'
import { pairDevice } from '../../src/bridge/pairing/pair-device.ts'
import { discoverUpstream } from '../../src/bridge/upstream/discovery.ts'
import { withDemo } from '../../src/bridge/upstream/with-demo.ts'
import { silentLogger } from '../../src/shared/logger.ts'
import { systemClock as clock } from '../../src/tunnel/system-clock.ts'

const text = { type: 'string', default: '' } as const
const { values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { 'data-dir': text, relay: text, pair: text, upstream: { type: 'string' }, 'demo-fallback': text },
})
const { relay, pair, upstream, 'demo-fallback': demo } = values

const running: { bridge?: Bridge } = {}
const desk = await openProfile({
  dataDir: values['data-dir'],
  notify: () => {},
  allowSecretsFile: () => true,
  handlers: (opened) =>
    statusHandlers({ snapshot: () => running.bridge?.snapshot, defaultKey: () => defaultKeyOf(opened) }),
})
const kept = await desk.identity()
const isForeign = kept !== null && !kept.relayUrl.startsWith('http://127.0.0.1:')
const identity = isForeign ? kept : await pairDevice(new URL(relay), pair, 'fake app', clock)
if (!isForeign) await desk.saveIdentity(identity)
const explicitUrl = upstreamUrlFor(upstream, desk)
const discover = () => discoverUpstream({ explicitUrl, env: process.env })
running.bridge = new Bridge({
  identity,
  settings: desk.settings,
  secrets: desk.secrets,
  keys: desk.keys,
  upstream: explicitUrl === undefined ? withDemo({ discover }, async () => demo) : { discover },
  clock,
  random: Math.random,
  logger: silentLogger,
  env: process.env,
  onChange: () => {},
  onRequest: () => {},
})

async function quit(): Promise<void> {
  running.bridge?.stop()
  await desk.close()
  process.exit(0)
}
process.once('disconnect', () => void quit())
process.once('SIGUSR2', () => void quit())
// A terminal sends it to the whole process group; the parent closes the channel.
process.on('SIGINT', () => {})
await running.bridge.start()
