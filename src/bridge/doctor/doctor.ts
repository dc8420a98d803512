import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { proxyFor, type ProxyRoute } from '../dial/proxy.ts'
import { parseRelayUrl, type RelayAddress } from '../dial/relay-address.ts'
import { challengeIn, DESCRIPTION_PATH } from '../dial/relay-request.ts'
import { loadDeviceIdentity, type DeviceIdentity } from '../secrets/device-identity.ts'
import { credentialFields } from '../secrets/device-key.ts'
import type { Keytar } from '../secrets/keychain-entries.ts'
import { peekSecrets, type SecretsView } from '../secrets/peek-secrets.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import { SettingsStore } from '../settings/settings-store.ts'
import { discoverUpstream, type ApiKeyFor } from '../upstream/discovery.ts'
import { environmentKey, keyAmong, loadUpstreamKey } from '../upstream/upstream-key.ts'
import { assessClock, skewMs } from './clock-skew.ts'
import { mayShow, assessCredential, assessNoCredential, assessUnreadableCredential } from './credential.ts'
import { isBridge, assessDataDir, occupancyOf } from './data-dir.ts'
import type { CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
import { frontOf } from './front.ts'
import { assessProxy } from './proxy.ts'
import { assessNoRelay, assessRelay, parseSelfDescription } from './relay.ts'
import { visitRelay, type Visit, type VisitOptions } from './relay-visit.ts'
import { assessSecrets } from './secrets.ts'
import { CHUNKS_PATH, isCollected, assessStreaming } from './streaming.ts'
import { exposedOrigins, assessExposure, assessUpstream, askUrlInUse, ownAddresses } from './upstream.ts'
import { assessUpgrade, tryUpgrade } from './websocket.ts'

export interface DoctorOptions {
  /** May be in use by a running bridge. */
  readonly dataDir: string
  /** Overrides the relay this device is paired with. */
  readonly relay: RelayAddress | undefined
  /** Overrides the setting; as returned by `parseUpstreamUrl`. */
  readonly upstreamUrl: string | undefined
  readonly clock: Clock
  /** Proxy variables are read from the process's own environment, like in the bridge. */
  readonly env: NodeJS.ProcessEnv
  /** For tests. */
  readonly loadKeychain?: () => Promise<Keytar>
}

/**
 * Checks the path from client to model, root causes first, without changing anything. Checks that need a relay are
 * skipped if none is reachable.
 */
export async function* runDoctor(options: DoctorOptions): AsyncGenerator<CheckResult, void, undefined> {
  const { dataDir, clock, env } = options
  const settings = await settingsOf(options).catch(toAppError)
  const found = settings instanceof AppError ? settings : await occupancyOf(dataDir).catch(toAppError)
  yield assessDataDir(dataDir, found)
  const known = settings instanceof AppError ? null : settings
  const inUse = async () => (isBridge(found) ? askUrlInUse(dataDir) : undefined)
  const explicitUrl = options.upstreamUrl ?? (await inUse()) ?? known?.upstream ?? undefined
  const secrets = await peekSecrets({ dataDir, clock, env, load: options.loadKeychain }).catch(toAppError)
  yield* checkUpstream(
    explicitUrl,
    env,
    secrets instanceof AppError ? undefined : await keyLookup(secrets, env, explicitUrl),
  )
  const identity = secrets instanceof AppError ? secrets : await loadDeviceIdentity(secrets).catch(toAppError)
  yield assessSecrets(secrets instanceof AppError ? secrets : secrets.kind)
  yield* checkRelay(options, identity, known?.relayUrl ?? null)
}

/** The result of loading the identity. */
type Identity = DeviceIdentity | null | AppError

async function settingsOf({ dataDir, clock, env }: DoctorOptions): Promise<Settings> {
  return (await SettingsStore.load({ dataDir, clock, env, onBad: null })).value
}

/** Probes use the upstream's API key; otherwise a server that needs one would appear to refuse the bridge. */
async function keyLookup(
  secrets: SecretsView,
  env: NodeJS.ProcessEnv,
  explicitUrl: string | undefined,
): Promise<ApiKeyFor | undefined> {
  try {
    const given = explicitUrl === undefined ? null : environmentKey(env, explicitUrl)
    const keys = [given, await loadUpstreamKey(secrets)]
    return (baseUrl) => keyAmong(keys, baseUrl)
  } catch {
    // The secrets check reports the reason.
    return undefined
  }
}

async function* checkUpstream(
  explicitUrl: string | undefined,
  env: NodeJS.ProcessEnv,
  apiKeyFor: ApiKeyFor | undefined,
): AsyncGenerator<CheckResult> {
  const discovery = await discoverUpstream({ explicitUrl, env, ...(apiKeyFor && { apiKeyFor }) })
  yield assessUpstream(discovery)
  const addresses = ownAddresses()
  const exposed = discovery.kind === 'found' ? await exposedOrigins(discovery.facts.baseUrl, addresses) : []
  yield assessExposure(env['OLLAMA_HOST'], addresses, exposed)
}

async function* checkRelay(
  { relay, clock, env }: DoctorOptions,
  identity: Identity,
  settingsUrl: string | null,
): AsyncGenerator<CheckResult> {
  const paired = identity instanceof AppError ? null : identity
  const address = relay ?? addressIn(paired?.relayUrl ?? settingsUrl, env)
  if (address instanceof AppError) {
    yield assessNoRelay(address)
    return yield credentialFinding(identity, null, null, clock)
  }
  const { url: relayUrl, warning } = address
  const route = routeTo(relayUrl, clock)
  yield assessProxy(relayUrl, route, env)
  if (route instanceof AppError) return yield credentialFinding(identity, relayUrl, null, clock)
  const way: VisitOptions = { relayUrl, route, clock }
  const visit = await visitRelay(way, DESCRIPTION_PATH).catch(toError)
  yield assessRelay(relayUrl, visit, route?.shownUrl ?? null, warning)
  const description = visit instanceof Error ? null : parseSelfDescription(visit)
  if (visit instanceof Error || description === null)
    return yield credentialFinding(identity, relayUrl, null, clock)
  yield assessClock(skewMs(visit, description.time))
  yield* checkTunnel(way, identity, visit)
}

async function* checkTunnel(
  way: VisitOptions,
  identity: Identity,
  visit: Visit,
): AsyncGenerator<CheckResult> {
  const { relayUrl, clock } = way
  const paired = identity instanceof AppError ? null : identity
  const device = paired !== null && mayShow(paired, relayUrl) ? paired : null
  const answer = device === null ? null : await askStatusAs(device, way, challengeIn(visit.body))
  yield credentialFinding(identity, relayUrl, answer, clock)
  yield assessUpgrade(await tryUpgrade(way, device?.credential), frontOf(visit.headers))
  yield assessStreaming(await visitChunks(way))
}

async function askStatusAs(
  device: DeviceIdentity,
  way: VisitOptions,
  challenge: string | undefined,
): Promise<Visit | null> {
  const path = 'api/tunnel/status'
  return visitRelay(way, path, credentialFields(device, 'GET', `/${path}`, challenge)).catch(() => null)
}

/** Repeats once, since a single network pause looks like a buffering proxy. */
async function visitChunks(way: VisitOptions): Promise<Visit | Error> {
  const first = await visitRelay(way, CHUNKS_PATH).catch(toError)
  return first instanceof Error || isCollected(first) ? visitRelay(way, CHUNKS_PATH).catch(toError) : first
}

function credentialFinding(
  identity: Identity,
  relayUrl: URL | null,
  answer: Visit | null,
  clock: Clock,
): CheckResult {
  if (identity instanceof AppError) return assessUnreadableCredential(identity)
  if (identity === null) return assessNoCredential()
  return assessCredential({
    identity,
    relayUrl: relayUrl ?? new URL(identity.relayUrl),
    answer,
    now: clock.now(),
  })
}

function addressIn(url: string | null, env: NodeJS.ProcessEnv): RelayAddress | AppError {
  if (url === null) return new AppError('NOT_PAIRED', checkWords('finding.relay.unknown'))
  try {
    return parseRelayUrl(url, env)
  } catch (cause) {
    return toAppError(cause)
  }
}

function routeTo(relayUrl: URL, clock: Clock): ProxyRoute | null | AppError {
  try {
    return proxyFor(relayUrl, clock)
  } catch (cause) {
    return toAppError(cause)
  }
}

function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : toAppError(cause)
}
