import { describe, expect, it } from 'vitest'
import { SecretsUnavailable } from '../../bridge/secrets/trouble.ts'
import { wordsFor } from '../../shared/words.ts'
import { ERRORS, type ErrorCode } from '../../shared/errors.ts'
import {
  bridgeWith,
  builtInWith,
  DOWN,
  LOADING,
  NEEDS_KEY,
  NOW,
  OLLAMA,
  stateWith,
  TUNNELS,
} from './app-state.test-support.ts'
import { toConnectionView } from './connection-view.ts'
import type { BridgeSnapshot } from '../../bridge/bridge-snapshot.ts'
import type { AppState } from './app-state.ts'
import type { TunnelState } from '../../bridge/supervisor/tunnel-state.ts'

const COMMAND_LINE = /npx|--[a-z]|cloudtolocalllm [a-z]|\/k\//

const viewOf = (tunnel: TunnelState) => toConnectionView(stateWith({ bridge: bridgeWith({ tunnel }) }))
const codesThat = (retry: boolean) =>
  (Object.keys(ERRORS) as ErrorCode[]).filter((code) => (ERRORS[code].retry === 'never') !== retry)

describe('the view of the connection', () => {
  it.each(TUNNELS)('$kind: a title, a sentence, and a kind', (tunnel) => {
    const view = viewOf(tunnel)
    expect(view.kind).toBe(tunnel.kind)
    expect(view.title.split(' ').length).toBeLessThanOrEqual(3)
    expect(view.detail).toMatch(/\.$/)
  })

  it.each([
    ['off', 'off'],
    ['signedOut', 'off'],
    ['connecting', 'connecting'],
    ['online', 'online'],
    ['waiting', 'connecting'],
    ['paused', 'off'],
    ['blocked', 'attention'],
  ] as const)('%s has the shape %s', (kind, shape) => {
    for (const tunnel of TUNNELS) if (tunnel.kind === kind) expect(viewOf(tunnel).shape).toBe(shape)
  })

  it('a device that signed out while paused cannot resume', () => {
    const bridge = bridgeWith({ tunnel: { kind: 'off' }, device: null })
    expect(toConnectionView(stateWith({ bridge, account: null }))).toMatchObject({
      kind: 'signedOut',
      actions: [],
    })
  })

  it.each(codesThat(false))('blocked by %s: text without commands, and a useful button', (cause) => {
    const { detail, actions } = viewOf({ kind: 'blocked', cause })
    expect(detail).not.toMatch(COMMAND_LINE)
    expect(detail.length).toBeLessThan(260)
    expect(actions.length).toBeGreaterThan(0)
  })

  it.each([
    ['CREDENTIAL_INVALID', 'signInAgain'],
    ['CREDENTIAL_EXPIRED', 'signInAgain'],
    ['NOT_PAIRED', 'signInAgain'],
    ['SIGN_IN_EXPIRED', 'signInAgain'],
    ['REPLACED', 'reconnect'],
    ['VERSION_UNSUPPORTED', 'checkForUpdates'],
    ['TOO_MANY_DEVICES', 'reconnect'],
    ['BODY_TOO_LARGE', 'reconnect'],
  ] as const)('blocked by %s: the first button is %s', (cause, action) => {
    expect(viewOf({ kind: 'blocked', cause }).actions[0]?.id).toBe(action)
  })

  it.each(codesThat(true))('waiting because of %s: the cause, and the time of the next attempt', (cause) => {
    const view = viewOf({ kind: 'waiting', attempt: 2, retryAt: NOW + 4_000, cause })
    expect(view).toMatchObject({ retryAt: NOW + 4_000, actions: [{ id: 'reconnect' }, { id: 'pause' }] })
    expect(view.detail).not.toMatch(COMMAND_LINE)
  })

  it('does not ask the user to retry when the app retries automatically', () => {
    for (const cause of ['DRAINING', 'TOO_MANY_CONNECTIONS', 'ISSUER_UNREACHABLE', 'TOKEN_EXPIRED'] as const)
      expect(viewOf({ kind: 'waiting', attempt: 1, retryAt: NOW, cause }).detail).not.toMatch(/try again/i)
  })

  it('needs attention when online without a model server', () => {
    const view = toConnectionView(stateWith({ bridge: bridgeWith({ upstream: DOWN }) }))
    expect(view).toMatchObject({ kind: 'online', shape: 'attention', title: 'No model server' })
    expect(view.detail).toContain('no model server')
  })

  it.each([
    ['the key is missing', NEEDS_KEY, 'attention', 'API key needed'],
    ['a model is loading', LOADING, 'attention', 'Loading a model'],
    [
      'there are no models',
      { kind: 'up', facts: { ...OLLAMA.facts, models: [] } },
      'attention',
      'No models yet',
    ],
    [
      'only the demo answers',
      { kind: 'up', facts: { ...OLLAMA.facts, kind: 'demo' } },
      'online',
      'Online with the demo model',
    ],
    ['a model can answer', OLLAMA, 'online', 'Online'],
  ] as const)('shows more than “online” if there is a problem: %s', (_case, upstream, shape, title) => {
    expect(toConnectionView(stateWith({ bridge: bridgeWith({ upstream }) }))).toMatchObject({ shape, title })
  })

  it('shows who can reach the relay, by its URL for clients', () => {
    const detailOf = (changes: Partial<AppState>) => toConnectionView(stateWith(changes)).detail
    const account = { relayUrl: 'http://127.0.0.1:3001/', deviceId: 'd', issuer: null }
    const only = 'Only this computer can reach this relay.'
    expect(detailOf({ account, bridge: bridgeWith({ url: 'http://127.0.0.1:3001' }) })).toBe(only)
    expect(detailOf({ account })).toContain('through relay.example.com')
    expect(detailOf(builtInWith({ reach: 'computer' }))).toBe(only)
    expect(detailOf(builtInWith())).toMatch(/^Devices on the same network .* built-in relay\.$/)
  })

  it('names the built-in relay instead of its address', () => {
    const { bridge, ...state } = builtInWith()
    const detailOf = (changes: Partial<BridgeSnapshot>) =>
      toConnectionView(stateWith({ ...state, bridge: { ...bridge, ...changes } })).detail
    expect(detailOf({ upstream: DOWN })).toMatch(/^Connected to the built-in relay, but/)
    expect(detailOf({ tunnel: { kind: 'connecting', attempt: 0, since: NOW } })).toBe(
      'Connecting to the built-in relay.',
    )
    const cause = 'RELAY_UNREACHABLE'
    expect(detailOf({ tunnel: { kind: 'waiting', attempt: 1, retryAt: NOW, cause } })).toMatch(
      /^The built-in relay is not responding\./,
    )
  })

  it('leads to the setup of a built-in relay that has forgotten this computer', () => {
    const { bridge, ...state } = builtInWith()
    const tunnel = { kind: 'blocked', cause: 'CREDENTIAL_INVALID' } as const
    expect(toConnectionView(stateWith({ ...state, bridge: { ...bridge, tunnel } }))).toMatchObject({
      title: 'Stopped',
      detail: expect.not.stringContaining('ign in'),
      actions: [{ id: 'signInAgain', label: 'Set up again' }, { id: 'reconnect' }],
    })
  })

  it('shows a bridge that has not started as starting, not paused', () => {
    const early = bridgeWith({ tunnel: { kind: 'off' }, upstream: { kind: 'unknown' } })
    expect(toConnectionView(stateWith({ bridge: early })).kind).toBe('starting')
    expect(toConnectionView(stateWith({ bridge: null })).kind).toBe('starting')
  })

  it.each(TUNNELS)(
    'while the built-in relay starts, $kind is a start if it is an attempt to connect',
    (tunnel) => {
      const starting = builtInWith({ isStarting: true })
      const view = toConnectionView(stateWith({ ...starting, bridge: { ...starting.bridge, tunnel } }))
      const isAttempt = tunnel.kind === 'connecting' || tunnel.kind === 'waiting'
      expect(view.detail === 'Starting the relay on this computer.').toBe(isAttempt)
      expect(view.kind).toBe(isAttempt ? 'starting' : tunnel.kind)
    },
  )

  it('explains how to unlock the keychain, and lets the user continue without it', () => {
    const { words } = new SecretsUnavailable('locked', 'x')
    const secrets = { kind: 'locked', message: words } as const
    const view = toConnectionView(stateWith({ bridge: null, secrets }))
    expect(view).toMatchObject({ kind: 'keychainLocked', shape: 'attention', detail: wordsFor(words, 'app') })
    expect(view.actions.map(({ id }) => id)).toEqual(['retrySecrets', 'signInAgain'])
  })

  it.each([
    [1, '1 running request has'],
    [2, '2 running requests have'],
  ])(
    'shows that %i requests finish before it quits, whatever the tunnel’s state',
    (activeRequests, words) => {
      const view = toConnectionView(stateWith({ isDraining: true, bridge: bridgeWith({ activeRequests }) }))
      expect(view.kind).toBe('draining')
      expect(view.detail).toContain(words)
    },
  )
})
