import { startDemoUpstream, type DemoUpstream } from '../bridge/demo/server.ts'
import type { BridgeSnapshot } from '../bridge/bridge.ts'
import { isLoopback } from '../bridge/dial/relay-address.ts'
import { pairDevice } from '../bridge/pairing/pair-device.ts'
import type { DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { discoverUpstream } from '../bridge/upstream/discovery.ts'
import { withDemo } from '../bridge/upstream/with-demo.ts'
import { parseRelayConfig } from '../relay/config.ts'
import { startRelay, type Relay } from '../relay/relay.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { defaultKeyOf, openDesk, type Desk } from './desk.ts'
import { chatModelOf, chatOnce } from './first-chat.ts'
import type { Output } from './output.ts'
import { blockedText, runBridge } from './run-bridge.ts'
import { shutdownAsked } from './shutdown.ts'
import { welcomeText } from './welcome-text.ts'

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
  const config = parseRelayConfig({ port, dataDir }, process.env)
  const desk = await openDesk(dataDir, output)
  const demo = new Demo()
  let relay: Relay | undefined
  let stopBridge = () => {}
  try {
    relay = await startRelay({ config, clock: systemClock, logger, onPairingCode: () => {} })
    const identity = await identityFor(desk, relay, config.owner)
    const running = runBridge(desk, identity, upstreamFor(options, demo), logger, output)
    stopBridge = running.stop
    await running.bridge.start()
    const snapshot = await Promise.race([running.settled, shutdown])
    if (snapshot !== undefined) await greet(desk, relay.url, snapshot, output)
    await Promise.race([shutdown, running.blocked.then(failBlocked)])
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

function upstreamFor({ upstreamOrigin, demo: onlyDemo }: StartOptions, demo: Demo) {
  if (onlyDemo)
    return { discover: async () => discoverUpstream({ explicitOrigin: await demo.origin(), env: {} }) }
  const discover = () => discoverUpstream({ explicitOrigin: upstreamOrigin, env: process.env })
  return upstreamOrigin === undefined ? withDemo(discover, () => demo.origin()) : { discover }
}

/** This device's identity at this very relay; pairs it where there is none. */
async function identityFor(desk: Desk, relay: Relay, owner: string): Promise<DeviceIdentity> {
  const kept = await desk.identity()
  const relayUrl = `http://127.0.0.1:${relay.port}/`
  if (kept !== null && !isLoopback(new URL(kept.relayUrl)))
    throw new AppError(
      'CONFIG_INVALID',
      `--data-dir: this data directory is paired with ${kept.relayUrl}. Run "cloudtolocalllm bridge", or choose another directory.`,
    )
  if (kept !== null && (await relay.recognises(kept.credential))) return { ...kept, relayUrl }
  const { deviceName } = desk.settings.value
  const paired = await pairDevice(new URL(relayUrl), relay.mintPairingCode(owner), deviceName, systemClock)
  await desk.saveIdentity(paired)
  return paired
}

async function greet(desk: Desk, url: string, snapshot: BridgeSnapshot, output: Output): Promise<void> {
  const key = await defaultKeyOf(desk)
  const { upstream } = snapshot
  if (upstream.kind !== 'up') throw new AppError('UPSTREAM_UNREACHABLE', upstreamReason(upstream))
  const { facts } = upstream
  const model = chatModelOf(facts)
  if (model !== undefined && facts.kind !== 'demo')
    output.say(`Asking ${model} for its first words. Loading it may take a while…`)
  const chat = model === undefined ? undefined : await chatOnce(`${url}/k/${key}`, facts, model)
  const note = model === undefined ? `${facts.name} has no model yet. Get one: ollama pull llama3.2` : null
  output.json({
    event: 'ready',
    url,
    key,
    upstream: facts.origin,
    upstreamKind: facts.kind,
    model: model ?? null,
    reply: chat?.reply ?? null,
    ...(note !== null && { note }),
  })
  output.say(welcomeText({ url, key, facts, chat, note }))
}

function upstreamReason(upstream: BridgeSnapshot['upstream']): string | undefined {
  return upstream.kind === 'down' ? upstream.reason : undefined
}

function failBlocked(snapshot: BridgeSnapshot): never {
  const cause = snapshot.tunnel.kind === 'blocked' ? snapshot.tunnel.cause : 'INTERNAL'
  throw new AppError(cause, blockedText(snapshot))
}
