import { toSettings } from '../../bridge/settings/schema.ts'
import type { AppState, BuiltInRelayState } from './app-state.ts'
import type { BridgeSnapshot } from '../../bridge/bridge-snapshot.ts'
import type { TunnelState } from '../../bridge/supervisor/tunnel-state.ts'
import type { UpstreamState } from '../../bridge/upstream/upstream-state.ts'

export const NOW = 1_800_000_000_000

export const OLLAMA = {
  kind: 'up',
  facts: {
    baseUrl: 'http://127.0.0.1:11434',
    kind: 'ollama',
    version: '0.12.3',
    models: ['llama3.2:latest', 'qwen3:8b'],
    name: 'Ollama 0.12.3',
  },
} as const satisfies UpstreamState

export const DOWN = {
  kind: 'down',
  baseUrl: 'http://127.0.0.1:11434',
  since: NOW,
  reason: 'No model server is responding at http://127.0.0.1:11434. Check that it is running.',
} as const satisfies UpstreamState

export const NEEDS_KEY = {
  kind: 'refusing',
  refusal: {
    baseUrl: 'http://127.0.0.1:1234',
    cause: 'needsKey',
    status: 401,
    name: 'LM Studio',
    isModelServer: true,
  },
  since: NOW,
  reason: 'LM Studio at http://127.0.0.1:1234 requires an API key.',
} as const satisfies UpstreamState

export const LOADING = {
  ...NEEDS_KEY,
  refusal: { ...NEEDS_KEY.refusal, cause: 'loading', status: 503 },
  reason: 'LM Studio at http://127.0.0.1:1234 is still loading a model.',
} as const satisfies UpstreamState

/** One state of each kind. */
export const TUNNELS: readonly TunnelState[] = [
  { kind: 'off' },
  { kind: 'signedOut' },
  { kind: 'connecting', attempt: 0, since: NOW },
  { kind: 'connecting', attempt: 3, since: NOW },
  { kind: 'online', attempt: 0, since: NOW },
  { kind: 'waiting', attempt: 1, retryAt: NOW + 3_000, cause: 'RELAY_UNREACHABLE' },
  { kind: 'paused', cause: 'suspended' },
  { kind: 'paused', cause: 'noNetwork' },
  { kind: 'blocked', cause: 'CREDENTIAL_INVALID' },
]

export function bridgeWith(changes: Partial<BridgeSnapshot> = {}): BridgeSnapshot {
  return {
    tunnel: { kind: 'online', attempt: 0, since: NOW },
    upstream: OLLAMA,
    rttMs: 22.6,
    url: 'https://relay.example.com',
    device: { id: 'device-1', relayUrl: 'https://relay.example.com/' },
    activeRequests: 0,
    ...changes,
  }
}

/** Online with a model server and without problems. */
export function stateWith(changes: Partial<AppState> = {}): AppState {
  return {
    version: '0.1.0',
    locale: { language: 'en', tag: 'en' },
    platform: 'linux',
    now: NOW,
    bridge: bridgeWith(),
    secrets: { kind: 'keychain', isEmptied: false },
    account: { relayUrl: 'https://relay.example.com/', deviceId: 'device-1', issuer: null },
    builtInRelay: null,
    signIn: null,
    isSigningInAgain: false,
    suggestion: null,
    keys: [],
    defaultKeyId: null,
    isDefaultKeyRevoked: false,
    address: 'a'.repeat(20),
    activity: { active: [], finished: [] },
    hours: Array.from({ length: 24 }, () => ({ requests: 0, tokens: 0 })),
    pull: null,
    canStartOllama: false,
    hasUpstreamKey: false,
    offlineSince: null,
    settings: { ...toSettings({}), deviceName: 'desk' },
    locked: [],
    launchAtLogin: false,
    hasTray: true,
    window: 'closed',
    update: { kind: 'idle', checkedAt: null },
    isDraining: false,
    notices: [],
    ...changes,
  }
}

/** The parts of a state with the built-in relay. */
export function builtInWith(changes: Partial<BuiltInRelayState> = {}) {
  const builtInRelay: BuiltInRelayState = {
    reach: 'network',
    port: 3001,
    closed: null,
    isStarting: false,
    failure: null,
    ...changes,
  }
  const { reach, port } = builtInRelay
  const relayUrl = `http://127.0.0.1:${port}/`
  const url = `http://${reach === 'network' ? '192.168.1.5' : '127.0.0.1'}:${port}`
  return {
    builtInRelay,
    account: { relayUrl, deviceId: 'device-1', issuer: null },
    bridge: bridgeWith({ url, device: { id: 'device-1', relayUrl } }),
  }
}
