import { startDemoUpstream, type DemoUpstream } from '../bridge/demo/server.ts'
import type { BridgeSnapshot } from '../bridge/bridge.ts'
import { isLoopback } from '../bridge/dial/relay-address.ts'
import { pairDevice } from '../bridge/pairing/pair-device.ts'
import type { DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { discoverUpstream } from '../bridge/upstream/discovery.ts'
import type { UpstreamFacts } from '../bridge/upstream/probe.ts'
import { withDemo } from '../bridge/upstream/with-demo.ts'
import { parseRelayConfig } from '../relay/config.ts'
import { startRelay, type Relay } from '../relay/relay.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { defaultKeyOf } from '../bridge/desk/default-key.ts'
import { upstreamOriginFor, type Desk } from '../bridge/desk/desk.ts'
import { openDeskFor } from './open-desk.ts'
import { chatModelOf, chatOnce, type FirstChat } from '../bridge/desk/first-chat.ts'
import type { Output } from './output.ts'
import { failIfBlocked, runBridge } from './run-bridge.ts'
import { shutdownAsked } from './shutdown.ts'
import { welcomeText, type Welcome } from './welcome-text.ts'

export interface StartOptions {
  readonly port: string | undefined
  readonly upstreamOrigin: string | undefined
  readonly demo: boolean
  readonly dataDir: string
}

/** Runs relay, bridge and, if need be, the demo model in this process until it is told to stop. */
export async function start(options: StartOptions, logger: Logger, output: Output): Promise<void> {
  const shutdown = shutdownAsked()
  const { dataDir, port } = options
  const config = parseRelayConfig({ port, dataDir, host: '127.0.0.1' }, process.env)
  const desk = await openDeskFor(dataDir, output)
  const demo = new Demo()
  let relay: Relay | undefined
  let stopBridge = () => {}
  try {
    relay = await startRelay({ config, clock: systemClock, logger, onPairingCode: () => {} })
    const identity = await identityFor(desk, relay, config.owner)
    const running = runBridge(desk, identity, upstreamFor(options, desk, demo), logger, output)
    stopBridge = () => running.stop()
    await running.bridge.start()
    const snapshot = await Promise.race([running.settled, shutdown])
    failIfBlocked(snapshot)
    const welcome =
      snapshot && (await Promise.race([tryOut(desk, relay.url, snapshot, options.demo, output), shutdown]))
    if (welcome !== undefined) greet(welcome, output)
    failIfBlocked(await Promise.race([running.blocked, shutdown]))
  } finally {
    stopBridge()
    await relay?.close()
    await demo.close()
    await desk.close()
  }
}

/** The demo model, started when it is first asked for. */
class Demo {
  #upstream: Promise<DemoUpstream> | undefined

  async origin(): Promise<string> {
    this.#upstream ??= startDemoUpstream({ clock: systemClock })
    return (await this.#upstream).origin
  }

  async close(): Promise<void> {
    await (await this.#upstream)?.close()
  }
}

function upstreamFor(options: StartOptions, desk: Desk, demo: Demo) {
  if (options.demo)
    return { discover: async () => discoverUpstream({ explicitOrigin: await demo.origin(), env: {} }) }
  const explicitOrigin = upstreamOriginFor(options.upstreamOrigin, desk)
  const discover = () => discoverUpstream({ explicitOrigin, env: process.env })
  return explicitOrigin === undefined ? withDemo(discover, () => demo.origin()) : { discover }
}

/** This device's identity at this very relay; pairs it where there is none. */
async function identityFor(desk: Desk, relay: Relay, owner: string): Promise<DeviceIdentity> {
  const kept = await desk.identity()
  const relayUrl = `http://127.0.0.1:${relay.port}/`
  if (kept !== null && !isLoopback(new URL(kept.relayUrl)))
    throw new AppError(
      'CONFIG_INVALID',
      `--data-dir: this data directory is paired with ${kept.relayUrl}. Run "npx cloudtolocalllm bridge", or choose another directory.`,
    )
  if (kept !== null && (await relay.recognises(kept.credential))) return { ...kept, relayUrl }
  const { deviceName } = desk.settings.value
  const paired = await pairDevice(new URL(relayUrl), relay.mintPairingCode(owner), deviceName, systemClock)
  await desk.saveIdentity(paired)
  return paired
}

/** Tries the whole path. @throws AppError UPSTREAM_UNREACHABLE */
async function tryOut(
  desk: Desk,
  url: string,
  { upstream }: BridgeSnapshot,
  isDemoAsked: boolean,
  output: Output,
): Promise<Welcome> {
  if (upstream.kind !== 'up')
    throw new AppError('UPSTREAM_UNREACHABLE', upstream.kind === 'down' ? upstream.reason : undefined)
  const { facts } = upstream
  const key = await defaultKeyOf(desk)
  const model = chatModelOf(facts)
  if (model !== undefined && facts.kind !== 'demo')
    output.say(`Asking ${model} for its first words. Loading it may take a while…`)
  const chat = model === undefined ? undefined : await chatOnce(`${url}/k/${key}`, facts.kind, model)
  return { url, key, facts, chat, note: noteFor(facts, chat, isDemoAsked) }
}

function greet(welcome: Welcome, output: Output): void {
  const { url, key, facts, chat, note } = welcome
  output.json({
    event: 'ready',
    url,
    key,
    upstream: facts.origin,
    upstreamKind: facts.kind,
    model: chat?.model ?? null,
    reply: chat?.kind === 'answered' ? chat.reply : null,
    ...(note !== null && { note }),
  })
  output.say(welcomeText(welcome))
}

function noteFor(facts: UpstreamFacts, chat: FirstChat | undefined, isDemoAsked: boolean): string | null {
  if (chat?.kind === 'failed') return `${chat.model} did not answer (${chat.reason}). Other models may.`
  if (facts.kind === 'demo')
    return isDemoAsked
      ? 'This is the built-in demo model, not a real one.'
      : 'This is the built-in demo model, as no other was found. Start Ollama, and it takes over by itself.'
  if (chat !== undefined) return null
  const remedy = facts.kind === 'ollama' ? 'Get one: ollama pull llama3.2' : 'Load one there.'
  return `${facts.name} has no model yet. ${remedy}`
}
