/** Snapshots of the app as the window may get them. */
import type { AppView, ConnectionView, KeyView, RequestView } from '../../src/shared/ipc/view.ts'

const NOW = Date.now()
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const key = (id: string, name: string, more: Partial<KeyView> = {}): KeyView => ({
  id,
  name,
  scopes: ['inference', 'read'],
  models: null,
  createdAt: NOW - 40 * DAY_MS,
  expiresAt: null,
  isExpired: false,
  requestsPerMinute: null,
  maxConcurrent: null,
  isDefault: false,
  isForeign: false,
  lastUsedAt: NOW - 3 * MINUTE_MS,
  requests: 128,
  tokens: 45_210,
  ...more,
})

const request = (id: string, more: Partial<RequestView> = {}): RequestView => ({
  id,
  state: 'done',
  method: 'POST',
  path: '/api/chat',
  name: 'Chat',
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
  kept: null,
  ...more,
})

const SNIPPETS = [
  [
    'ollamaCli',
    'Ollama CLI',
    'In a terminal',
    'export OLLAMA_HOST=https://relay.example.com/k/<key>\nollama run llama3.2',
  ],
  [
    'curl',
    'curl',
    'In a terminal',
    `curl https://relay.example.com/api/chat \\\n  -H 'Authorization: Bearer <key>' \\\n  -d '{"model":"llama3.2","messages":[{"role":"user","content":"Hello"}]}'`,
  ],
  [
    'openaiSdk',
    'OpenAI SDK',
    'In Python',
    `client = OpenAI(base_url="https://relay.example.com/v1", api_key="<key>")`,
  ],
  [
    'openWebUi',
    'Open WebUI',
    'Admin settings, Connections, Ollama',
    'URL: https://relay.example.com\nKey: <key>',
  ],
  [
    'continue',
    'Continue',
    'In ~/.continue/config.yaml',
    'models:\n  - name: Home\n    provider: ollama\n    apiBase: https://relay.example.com\n    apiKey: <key>',
  ],
  [
    'cursor',
    'Cursor',
    'Settings, Models, OpenAI API key',
    'Base URL: https://relay.example.com/v1\nAPI key: <key>',
  ],
] as const

/** Online, with something on every page. */
export const onlineView: AppView = {
  version: '0.1.0',
  locale: { language: 'en', tag: 'en' },
  setup: { kind: 'done' },
  connection: {
    kind: 'online',
    shape: 'online',
    title: 'Online',
    detail: 'Your models can be reached from anywhere.',
    actions: [{ id: 'pause', label: 'Pause' }],
    retryAt: null,
  },
  problems: [],
  relay: {
    url: 'https://relay.example.com',
    isLocal: false,
    account: 'Signed in with accounts.example.com',
    rttMs: 23.4,
    deviceName: 'Study',
    deviceId: 'dev_4f7a9c',
  },
  upstream: {
    kind: 'up',
    title: 'Ollama 0.12.3',
    detail: 'Found on this computer.',
    baseUrl: 'http://127.0.0.1:11434',
    models: [
      'llama3.2:latest',
      'qwen3:8b',
      'nomic-embed-text:latest',
      'gpt-oss:20b',
      'mistral-small3.2:24b-instruct-2506-q4_K_M',
    ],
    actions: [],
    canPull: true,
  },
  pull: null,
  activity: {
    tokensPerS: 58.2,
    users: [
      { key: 'Phone', model: 'llama3.2:latest', count: 1 },
      { key: 'This app', model: 'qwen3:8b', count: 2 },
    ],
    hours: Array.from({ length: 24 }, (_, i) => ({ requests: (i * 7) % 11, tokens: i * 90 })),
  },
  endpoint: {
    url: 'https://relay.example.com',
    isLocal: false,
    defaultKey: 'ready',
    snippets: SNIPPETS.map(([id, label, hint, text], i) => ({
      id,
      label,
      hint,
      text,
      evidence: i < 3 ? 'tested' : 'documented',
    })),
  },
  keys: [
    key('k1', 'This app', { isDefault: true }),
    key('k2', 'Phone', {
      models: ['llama3.2:latest', 'qwen3:8b'],
      expiresAt: NOW + 60 * DAY_MS,
      requestsPerMinute: 30,
      maxConcurrent: 2,
    }),
    key('k3', 'Old laptop', {
      scopes: ['inference', 'read', 'manage'],
      expiresAt: NOW - 2 * DAY_MS,
      isExpired: true,
      lastUsedAt: null,
      requests: 0,
      tokens: 0,
      isForeign: true,
    }),
  ],
  requests: [
    request('r1', {
      state: 'running',
      durationMs: null,
      tokens: 128,
      startedAt: NOW - 4_000,
      tokensPerS: 58.2,
      bytesOut: 24_100,
    }),
    request('r2', {
      state: 'running',
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
    request('r3', { kept: 'Kept, 2 min left' }),
    request('r4', {
      state: 'failed',
      status: 502,
      tokens: null,
      tokensPerS: null,
      error: 'The model server closed the connection.',
      startedAt: NOW - 20 * MINUTE_MS,
      durationMs: 125_000,
    }),
    request('r5', { state: 'cancelled', tokens: 87, startedAt: NOW - 50 * MINUTE_MS }),
    request('r6', {
      method: 'GET',
      path: '/api/tags',
      name: 'List of models',
      model: null,
      tokens: null,
      tokensPerS: null,
      durationMs: 12,
      startedAt: NOW - 90 * MINUTE_MS,
    }),
  ],
  settings: {
    values: {
      deviceName: 'Study',
      upstream: null,
      ownerScopes: ['inference', 'read'],
      maxConcurrent: 256,
      keepUsage: true,
      startMinimized: false,
      trayStyle: 'auto',
      updateMode: 'auto',
      updateChannel: 'latest',
      allowPrivilegedUpdates: false,
      theme: 'system',
      language: 'system',
      notifyNewClient: true,
      notifyRelayDown: true,
      notifyUpdate: true,
    },
    locked: [],
    launchAtLogin: false,
    hasTray: true,
    hasUpstreamKey: false,
  },
  update: { kind: 'idle', text: 'This is the newest version.', version: null, percent: null, action: null },
}

const connection = (
  kind: ConnectionView['kind'],
  shape: ConnectionView['shape'],
  title: string,
  detail: string,
  actions: ConnectionView['actions'] = [],
): ConnectionView => ({ kind, shape, title, detail, actions, retryAt: null })

/** Every state of the tunnel. */
export const connections: readonly ConnectionView[] = [
  connection('starting', 'connecting', 'Starting', 'One moment.'),
  connection('off', 'off', 'Off', 'The bridge is not running.', [{ id: 'reconnect', label: 'Start' }]),
  connection('signedOut', 'attention', 'Signed out', 'Sign in again to be reachable.', [
    { id: 'signInAgain', label: 'Sign in again' },
  ]),
  connection('connecting', 'connecting', 'Connecting', 'Calling the relay.', [
    { id: 'pause', label: 'Pause' },
  ]),
  onlineView.connection,
  {
    ...connection(
      'waiting',
      'connecting',
      'Reconnecting',
      'The relay cannot be reached. Requests that run are kept for a while.',
      [
        { id: 'reconnect', label: 'Try now' },
        { id: 'pause', label: 'Pause' },
      ],
    ),
    retryAt: NOW + 3_600_000,
  },
  connection('paused', 'off', 'Paused', 'Nobody can reach your models until you resume.', [
    { id: 'resume', label: 'Resume' },
  ]),
  connection(
    'blocked',
    'attention',
    'Access revoked',
    'The relay no longer accepts this device. Pair it again.',
    [{ id: 'signInAgain', label: 'Pair again' }],
  ),
  connection(
    'keychainLocked',
    'attention',
    'Keychain unavailable',
    'Unlock your keychain: the sign-in is in it.',
    [
      { id: 'retrySecrets', label: 'Try again' },
      { id: 'keepSecretsInFile', label: 'Use a private file' },
    ],
  ),
  connection('draining', 'connecting', 'Finishing', '1 answer is still on its way. Then the app quits.'),
]

/** A fresh install. */
export const firstRunView: AppView = {
  ...onlineView,
  setup: { kind: 'needed', suggestion: null, canCancel: false },
  connection: connection('signedOut', 'off', 'Not set up', 'This device does not belong to a relay yet.'),
  relay: null,
  endpoint: null,
  keys: [],
  requests: [],
}
