import { errorWords, type ErrorCode } from '../../shared/errors.ts'
import type { ConnectionView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'
import { blockedWordsFor } from './blocked-view.ts'
import { wordsFor } from '../../shared/words.ts'
import { countOf, hostOf } from './wording.ts'
import type { BridgeSnapshot } from '../../bridge/bridge-snapshot.ts'
import type { PauseCause } from '../../bridge/supervisor/tunnel-state.ts'
import type { UpstreamState } from '../../bridge/upstream/upstream-state.ts'

/** Status of the connection as text. The app's own activity takes precedence over the tunnel's state. */
export function toConnectionView({ isDraining, secrets, bridge }: AppState): ConnectionView {
  if (isDraining) return drainingView(bridge?.activeRequests ?? 0)
  if (secrets.kind === 'locked') return keychainLockedView(secrets.message)
  return bridge === null ? STARTING : tunnelView(bridge)
}

const PASSIVE = { actions: [], retryAt: null } as const

const STARTING: ConnectionView = {
  ...PASSIVE,
  kind: 'starting',
  shape: 'connecting',
  title: 'Starting',
  detail: 'CloudToLocalLLM is starting.',
}

const SIGNED_OUT: ConnectionView = {
  ...PASSIVE,
  kind: 'signedOut',
  shape: 'off',
  title: 'Not set up',
  detail: 'Connect this computer to a relay to reach your models from anywhere.',
}

const OFF: ConnectionView = {
  ...PASSIVE,
  kind: 'off',
  shape: 'off',
  title: 'Paused',
  detail: 'Nobody can reach your models until you resume.',
  actions: [actionFor('resume')],
}

const PAUSED: Readonly<Record<PauseCause, ConnectionView>> = {
  suspended: {
    ...PASSIVE,
    kind: 'paused',
    shape: 'off',
    title: 'Asleep',
    detail: 'This computer is going to sleep. It reconnects when it wakes up.',
  },
  noNetwork: {
    ...PASSIVE,
    kind: 'paused',
    shape: 'off',
    title: 'No network',
    detail: 'This computer has no network. It reconnects when the network is back.',
    actions: [actionFor('reconnect', 'Try now'), actionFor('pause')],
  },
}

/** Replaces sentences that ask the user to retry, because the app retries automatically. */
const WAITING_WORDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  DRAINING: 'The relay is restarting.',
  TOO_MANY_CONNECTIONS: 'The relay has no free connections at the moment.',
  TOO_MANY_REQUESTS: 'The relay is limiting requests from this device.',
  TOKEN_EXPIRED: 'Your sign-in is being renewed.',
  ISSUER_UNREACHABLE: 'The identity provider does not respond, so your sign-in cannot be verified.',
}

function drainingView(activeRequests: number): ConnectionView {
  return {
    ...PASSIVE,
    kind: 'draining',
    shape: 'connecting',
    title: 'Finishing',
    detail: `Quits when ${countOf(activeRequests, 'running request')} ${activeRequests === 1 ? 'has' : 'have'} finished. New requests are rejected.`,
  }
}

function keychainLockedView(message: string): ConnectionView {
  return {
    ...PASSIVE,
    kind: 'keychainLocked',
    shape: 'attention',
    title: 'Keychain unavailable',
    detail: message,
    actions: [actionFor('retrySecrets'), actionFor('signInAgain', 'Sign in again instead')],
  }
}

function tunnelView(bridge: BridgeSnapshot): ConnectionView {
  const { tunnel, upstream, device } = bridge
  switch (tunnel.kind) {
    case 'off':
      // The bridge looks for a model server before it starts the tunnel.
      if (upstream.kind === 'unknown') return STARTING
      // Without a device, the user signed out while paused.
      return device === null ? SIGNED_OUT : OFF
    case 'signedOut':
      return SIGNED_OUT
    case 'connecting':
      return connectingView(bridge, tunnel.attempt)
    case 'online':
      return onlineView(bridge)
    case 'waiting':
      return {
        kind: 'waiting',
        shape: 'connecting',
        title: 'Reconnecting',
        detail: WAITING_WORDS[tunnel.cause] ?? wordsFor(errorWords(tunnel.cause), 'app'),
        actions: [actionFor('reconnect', 'Try now'), actionFor('pause')],
        retryAt: tunnel.retryAt,
      }
    case 'paused':
      return PAUSED[tunnel.cause]
    case 'blocked':
      return { ...PASSIVE, kind: 'blocked', shape: 'attention', ...blockedWordsFor(tunnel.cause) }
  }
}

function connectingView({ device }: BridgeSnapshot, attempt: number): ConnectionView {
  return {
    ...PASSIVE,
    kind: 'connecting',
    shape: 'connecting',
    title: attempt === 0 ? 'Connecting' : 'Reconnecting',
    detail: `Reaching ${relayNameOf(device)}.`,
    actions: [actionFor('pause')],
  }
}

/** Online without a working model server needs attention, because clients get errors. */
function onlineView({ device, upstream }: BridgeSnapshot): ConnectionView {
  const relay = relayNameOf(device)
  const trouble = troubleWith(upstream)
  return {
    ...PASSIVE,
    kind: 'online',
    shape: trouble === null ? 'online' : 'attention',
    title: 'Online',
    detail:
      trouble === null
        ? `Your models can be reached through ${relay}.`
        : `Connected to ${relay}, but requests fail because ${trouble}.`,
    actions: [actionFor('pause'), actionFor('reconnect')],
  }
}

/** Completes a sentence; `null` if requests are answered. */
function troubleWith(upstream: UpstreamState): string | null {
  if (upstream.kind === 'down') return 'no model server responds'
  if (upstream.kind !== 'refusing') return null
  switch (upstream.refusal.cause) {
    case 'needsKey':
      return 'the model server requires an API key'
    case 'keyRefused':
      return 'the model server does not accept its API key'
    case 'loading':
      return 'the model server is still loading a model'
    case 'failing':
      return 'the model server returns errors'
  }
}

function relayNameOf(device: BridgeSnapshot['device']): string {
  return device === null ? 'the relay' : hostOf(device.relayUrl)
}
