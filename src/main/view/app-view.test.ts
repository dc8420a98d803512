import { describe, expect, it } from 'vitest'
import { errorWords } from '../../shared/errors.ts'
import type { KeyDigest } from '../../shared/brands.ts'
import type { RequestActivity } from '../../bridge/activity/activity-log.ts'
import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { AppState } from './app-state.ts'
import {
  bridgeWith,
  builtInWith,
  DOWN,
  LOADING,
  NEEDS_KEY,
  NOW,
  OLLAMA,
  stateWith,
} from './app-state.test-support.ts'
import { toAppView } from './app-view.ts'

const viewOf = (changes: Partial<AppState>) => toAppView(stateWith(changes))

const KEY: KeyRecord = {
  id: 'k1',
  name: 'laptop',
  digest: 'DIGEST-OF-A-KEY' as KeyDigest,
  scopes: ['inference'],
  models: null,
  createdAt: NOW - 1_000,
  expiresAt: null,
  requestsPerMinute: null,
  maxConcurrent: null,
}

const RUNNING: RequestActivity = {
  requestId: 'r1',
  method: 'POST',
  path: '/api/chat',
  key: 'laptop',
  model: 'llama3.2',
  status: null,
  error: null,
  startedAt: NOW,
  durationMs: null,
  bytesIn: 0,
  bytesOut: 0,
  tokens: null,
  tokensPerS: null,
  keptUntil: null,
}

describe('the view of the app', () => {
  it('omits the keys’ digests and unknown fields', () => {
    const later = { ...KEY, text: 'ctl_SECRET' }
    const request = { ...RUNNING, body: 'PROMPT' }
    const view = viewOf({ keys: [later], activity: { active: [request], finished: [] } })
    expect(JSON.stringify(view)).not.toMatch(/DIGEST|SECRET|PROMPT/)
  })

  it('marks expired keys and the default key', () => {
    const keys = [KEY, { ...KEY, id: 'k2', expiresAt: NOW }, { ...KEY, id: 'k3', expiresAt: NOW + 1 }]
    expect(
      viewOf({ keys, defaultKeyId: 'k3' }).keys.map(({ isExpired, isDefault }) => [isExpired, isDefault]),
    ).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ])
  })

  it('asks for a relay once the app knows that there is none', () => {
    expect(viewOf({ account: null }).setup).toEqual({ kind: 'needed', suggestion: null, canCancel: false })
    expect(viewOf({ isSigningInAgain: true }).setup).toMatchObject({ kind: 'needed', canCancel: true })
    expect(viewOf({ account: null, bridge: null }).setup).toEqual({ kind: 'done' })
    expect(viewOf({ signIn: { kind: 'browser', issuer: 'a.example' } }).setup.kind).toBe('browser')
    expect(viewOf({}).setup).toEqual({ kind: 'done' })
  })

  it('contains the account and the round trip time to the relay', () => {
    expect(viewOf({}).relay).toMatchObject({ account: 'Paired', rttMs: 23, deviceName: 'desk' })
    const account = {
      relayUrl: 'https://a.example/',
      deviceId: 'd',
      issuer: 'https://id.example.com/realms/x',
    }
    expect(viewOf({ account }).relay?.account).toBe('Signed in with id.example.com')
    expect(viewOf({ account: null }).relay).toBeNull()
    expect(viewOf({ bridge: bridgeWith({ rttMs: 0.04 }) }).relay?.rttMs).toBe(1)
    expect(viewOf({ bridge: bridgeWith({ tunnel: { kind: 'off' } }) }).relay?.rttMs).toBeNull()
  })

  it('shows the built-in relay by its URL for clients, as soon as that is known', () => {
    const { bridge, ...state } = builtInWith()
    expect(viewOf({ ...state, bridge }).relay).toMatchObject({
      url: 'http://192.168.1.5:3001',
      builtIn: 'network',
    })
    expect(viewOf({ ...state, bridge: { ...bridge, url: undefined } }).relay?.url).toBeNull()
    expect(viewOf({}).relay?.builtIn).toBeNull()
  })

  it.each<[Partial<RequestActivity>, string, RegExp | null]>([
    [{}, 'running', null],
    [{ durationMs: 5, status: 200 }, 'done', null],
    [{ durationMs: 5, status: 404 }, 'failed', /status 404/],
    [{ durationMs: 5, status: 403, error: 'SCOPE_MISSING' }, 'failed', /permission/],
    [{ durationMs: 5, error: 'CANCELLED' }, 'cancelled', null],
  ])('a request that %o is %s', (facts, state, error) => {
    const [request] = viewOf({ activity: { active: [], finished: [{ ...RUNNING, ...facts }] } }).requests
    expect(request?.state).toBe(state)
    if (error === null) expect(request?.error).toBeNull()
    else expect(request?.error).toMatch(error)
  })

  it.each([
    [90_000, 'Kept, 2 min left'],
    [1, 'Kept, 1 min left'],
    [0, null],
  ])('a request whose answer is kept for another %i ms shows that', (leftMs, kept) => {
    const finished = [{ ...RUNNING, durationMs: 5, keptUntil: NOW + leftMs }]
    expect(viewOf({ activity: { active: [], finished } }).requests[0]?.kept).toBe(kept)
  })
})

describe('the view of the model server', () => {
  it.each([
    [{ kind: 'unknown' } as const, 'looking', /^Searching/],
    [OLLAMA, 'up', /^Ollama 0\.12\.3$/],
    [DOWN, 'down', /not responding$/],
    [NEEDS_KEY, 'refusing', /requires an API key$/],
    [LOADING, 'refusing', /^Loading a model$/],
    [{ ...DOWN, baseUrl: null }, 'down', /^No model server found$/],
  ])('%o', (upstream, kind, title) => {
    const view = viewOf({ bridge: bridgeWith({ upstream }) }).upstream
    expect(view.kind).toBe(kind)
    expect(view.title).toMatch(title)
  })

  it('explains how to get a model if there is none, and what the demo is', () => {
    const detailOf = (facts: object) =>
      viewOf({ bridge: bridgeWith({ upstream: { kind: 'up', facts: { ...OLLAMA.facts, ...facts } } }) })
        .upstream.detail
    expect(detailOf({})).toBe('On this computer.')
    expect(detailOf({ models: [] })).toContain('Download a first one')
    expect(detailOf({ models: [], kind: 'openai' })).not.toContain('Download')
    expect(detailOf({ kind: 'demo' })).toContain('made-up')
  })
})

describe('the view of updates', () => {
  const version = '1.3.0'
  it.each<[UpdateState, string | null]>([
    [{ kind: 'unsupported' }, 'openReleases'],
    [{ kind: 'idle', checkedAt: null }, 'checkForUpdates'],
    [{ kind: 'idle', checkedAt: NOW }, 'checkForUpdates'],
    [{ kind: 'checking' }, null],
    [{ kind: 'available', version, notesUrl: '', how: 'download' }, 'downloadUpdate'],
    [{ kind: 'available', version, notesUrl: '', how: 'packageManager', command: null }, 'openReleases'],
    [{ kind: 'downloading', version, percent: 40 }, null],
    [{ kind: 'ready', version, waitingFor: 'streams' }, null],
    [{ kind: 'ready', version, waitingFor: 'quiet' }, 'installUpdate'],
    [{ kind: 'ready', version, waitingFor: 'quit' }, 'installUpdate'],
    [{ kind: 'ready', version, waitingFor: null }, 'installUpdate'],
    [{ kind: 'installing', version }, null],
    [{ kind: 'failed', reason: errorWords('INTERNAL'), at: NOW }, 'checkForUpdates'],
  ])('%o: one sentence and the button %s', (update, action) => {
    const view = viewOf({ update }).update
    expect(view.kind).toBe(update.kind)
    expect(view.action?.id ?? null).toBe(action)
    expect(view.text).toMatch(/^\p{Lu}.*\.$/u)
    expect(view.version).toBe('version' in update ? version : null)
  })

  it('gives the command for the package manager', () => {
    const command = 'sudo apt install ./cloudtolocalllm.deb'
    const update = { kind: 'available', version, notesUrl: '', how: 'packageManager', command } as const
    expect(viewOf({ update }).update.text).toContain(command)
  })
})
