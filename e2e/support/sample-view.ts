/** Snapshots of the app as the window may get them: made-up states, in the words of the real views. */
import { errorWords } from '../../src/shared/errors.ts'
import type { RequestActivity } from '../../src/bridge/activity/activity-log.ts'
import type { KeyRecord } from '../../src/bridge/keys/key-record.ts'
import type { TunnelState } from '../../src/bridge/supervisor/tunnel-state.ts'
import type { KeyDigest } from '../../src/shared/brands.ts'
import { localeFor, type Language } from '../../src/shared/i18n/language.ts'
import type { JobView } from '../../src/shared/ipc/jobs-view.ts'
import type { AppView, ConnectionView, UsageView } from '../../src/shared/ipc/view.ts'
import type { AppState, BuiltInRelayState } from '../../src/main/view/app-state.ts'
import {
  bridgeWith,
  builtInWith,
  DOWN,
  OLLAMA,
  stateWith,
} from '../../src/main/view/app-state.test-support.ts'
import { toAppView } from '../../src/main/view/app-view.ts'

const NOW = Date.now()
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const ADDRESS = 'a'.repeat(20)

const MODELS = [
  'llama3.2:latest',
  'qwen3:8b',
  'nomic-embed-text:latest',
  'gpt-oss:20b',
  'mistral-small3.2:24b-instruct-2506-q4_K_M',
]

const key = (id: string, name: string, more: Partial<KeyRecord> = {}): KeyRecord => ({
  id,
  name,
  digest: id as KeyDigest,
  scopes: ['inference', 'read'],
  models: null,
  createdAt: NOW - 40 * DAY_MS,
  expiresAt: null,
  requestsPerMinute: null,
  maxConcurrent: null,
  address: ADDRESS,
  usage: { lastAt: NOW - 3 * MINUTE_MS, requests: 128, tokens: 45_210 },
  ...more,
})

const { usage: _, ...unused } = key('k3', 'Old laptop', {
  scopes: ['inference', 'read', 'manage'],
  expiresAt: NOW - 2 * DAY_MS,
  address: 'b'.repeat(20),
})

const request = (requestId: string, more: Partial<RequestActivity> = {}): RequestActivity => ({
  requestId,
  method: 'POST',
  path: '/api/chat',
  model: 'llama3.2:latest',
  key: 'Phone',
  startedAt: NOW - 3 * MINUTE_MS,
  durationMs: 8_420,
  tokens: 512,
  tokensPerS: 61.4,
  bytesIn: 1_840,
  bytesOut: 96_300,
  status: 200,
  error: null,
  keptUntil: null,
  ...more,
})

const ACTIVE = [
  request('r1', {
    durationMs: null,
    tokens: 128,
    startedAt: NOW - 4_000,
    tokensPerS: 58.2,
    bytesOut: 24_100,
  }),
  request('r2', {
    durationMs: null,
    path: '/v1/chat/completions',
    model: 'qwen3:8b',
    key: 'This app',
    startedAt: NOW - 700,
    tokens: null,
    tokensPerS: null,
    bytesOut: 0,
    status: null,
  }),
]

const FINISHED = [
  request('r3', { keptUntil: NOW + 90_000 }),
  request('r4', {
    status: 502,
    tokens: null,
    tokensPerS: null,
    error: 'UPSTREAM_FAILED',
    startedAt: NOW - 20 * MINUTE_MS,
    durationMs: 125_000,
  }),
  request('r5', { error: 'CANCELLED', tokens: 87, startedAt: NOW - 50 * MINUTE_MS }),
  request('r6', {
    method: 'GET',
    path: '/api/tags',
    model: null,
    tokens: null,
    tokensPerS: null,
    durationMs: 12,
    startedAt: NOW - 2 * DAY_MS,
  }),
]

const online: Partial<AppState> = {
  now: NOW,
  bridge: bridgeWith({ upstream: { ...OLLAMA, facts: { ...OLLAMA.facts, models: MODELS } } }),
  account: {
    relayUrl: 'https://relay.example.com/',
    deviceId: 'dev_4f7a9c',
    issuer: 'https://accounts.example.com/',
  },
  address: ADDRESS,
  defaultKeyId: 'k1',
  keys: [
    key('k1', 'This app'),
    key('k2', 'Phone', {
      models: ['llama3.2:latest', 'qwen3:8b'],
      expiresAt: NOW + 60 * DAY_MS,
      requestsPerMinute: 30,
      maxConcurrent: 2,
    }),
    unused,
  ],
  activity: { active: ACTIVE, finished: FINISHED },
  hours: Array.from({ length: 24 }, (_hour, i) => ({ requests: (i * 7) % 11, tokens: i * 90 })),
}

/** Online, with something on every page. */
export function onlineIn(language: Language): AppView {
  return toAppView(stateWith({ ...online, locale: localeFor(language, []) }))
}

export const onlineView = onlineIn('en')

/** The same with the built-in relay. */
export function builtInView(relay: Partial<BuiltInRelayState> = {}, language: Language = 'en'): AppView {
  return toAppView(stateWith({ ...online, ...builtInWith(relay), locale: localeFor(language, []) }))
}

/** The same view in this theme. */
export function withTheme(view: AppView, theme: 'light' | 'dark'): AppView {
  return { ...view, settings: { ...view.settings, values: { ...view.settings.values, theme } } }
}

/** Connected, but without a model server, keys and requests; the relay has not told its address yet. */
export const emptyView = toAppView(
  stateWith({
    now: NOW,
    bridge: { ...bridgeWith({ upstream: DOWN }), url: undefined },
    canStartOllama: true,
  }),
)

/** A fresh install. */
export const firstRunView = toAppView(
  stateWith({
    now: NOW,
    account: null,
    bridge: { ...bridgeWith({ tunnel: { kind: 'signedOut' } }), url: undefined, device: null },
  }),
)

const connectionIn = (tunnel: TunnelState, more: Partial<AppState> = {}): ConnectionView =>
  toAppView(stateWith({ now: NOW, bridge: bridgeWith({ tunnel }), ...more })).connection

/** Every state of the connection. */
export const connections = {
  starting: connectionIn({ kind: 'off' }, { bridge: null }),
  off: connectionIn({ kind: 'off' }),
  signedOut: firstRunView.connection,
  connecting: connectionIn({ kind: 'connecting', attempt: 0, since: NOW }),
  online: onlineView.connection,
  waiting: connectionIn({
    kind: 'waiting',
    attempt: 3,
    retryAt: NOW + 3_430_000,
    cause: 'RELAY_UNREACHABLE',
  }),
  paused: connectionIn({ kind: 'paused', cause: 'noNetwork' }),
  blocked: connectionIn({ kind: 'blocked', cause: 'DEVICE_REVOKED' }),
  keychainLocked: connectionIn(
    { kind: 'off' },
    {
      bridge: null,
      secrets: { kind: 'locked', message: errorWords('SECRETS_UNAVAILABLE') },
    },
  ),
  draining: connectionIn({ kind: 'online', attempt: 0, since: NOW }, { isDraining: true }),
} satisfies Partial<Record<ConnectionView['kind'], ConnectionView>>

const dayBefore = (days: number): string => new Date(NOW - days * DAY_MS).toISOString().slice(0, 10)

const totals = (name: string, requests: number, errors = 0) => ({
  name,
  requests,
  errors,
  tokens: 412 * requests,
  medianMs: requests === 0 ? null : 900 + 37 * requests,
})

/** As many days as asked for. */
export function usageOver(days: number): UsageView {
  return {
    isAvailable: true,
    days: Array.from({ length: days }, (_day, i) => {
      const requests = i % 7 === 5 ? 0 : (i * 13) % 57
      return totals(dayBefore(days - 1 - i), requests, i % 9 === 0 ? Math.floor(requests / 4) : 0)
    }),
    models: [
      totals('llama3.2:latest', 412, 3),
      totals('mistral-small3.2:24b-instruct-2506-q4_K_M', 96),
      totals('', 4, 4),
    ],
    keys: [totals('Phone', 310, 6), totals('This app', 128, 1), totals('', 74)],
  }
}

const job = (id: string, more: Partial<JobView>): JobView => ({
  id,
  type: 'request',
  state: 'queued',
  model: 'llama3.2:latest',
  key: 'Phone',
  position: null,
  total: 1,
  completed: 0,
  failed: 0,
  createdAt: NOW - 5 * MINUTE_MS,
  transfer: null,
  error: null,
  isOver: false,
  canRetry: false,
  hasResult: false,
  ...more,
})

/** A job in each state that has a look of its own. */
export const JOBS: readonly JobView[] = [
  job('job_pull', {
    type: 'pull',
    state: 'running',
    model: 'gpt-oss:20b',
    transfer: { completedBytes: 4.2e9, totalBytes: 13.8e9, bytesPerS: 23.4e6, leftMs: 410_000 },
  }),
  job('batch_1', { type: 'batch', state: 'running', total: 500, completed: 181, failed: 2 }),
  job('job_wait', { type: 'embed', model: 'nomic-embed-text:latest', position: 2, total: 12 }),
  job('resp_1', { type: 'response', state: 'completed', completed: 1, isOver: true, hasResult: true }),
  job('job_bad', {
    state: 'failed',
    failed: 1,
    error: 'The model server stopped responding during its answer.',
    isOver: true,
    canRetry: true,
  }),
]
