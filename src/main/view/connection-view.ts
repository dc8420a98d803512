import type { ErrorCode } from '../../shared/errors.ts'
import type { ConnectionView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'
import { blockedWordsFor } from './blocked-view.ts'
import { isRelayLocal } from './relay-view.ts'
import { hostOf } from './wording.ts'
import type { BridgeSnapshot } from '../../bridge/bridge-snapshot.ts'
import type { PauseCause } from '../../bridge/supervisor/tunnel-state.ts'
import type { UpstreamState } from '../../bridge/upstream/upstream-state.ts'
import { errorTextOf, textOf, wordsOf, type ViewWords } from './words/view-words.ts'

/** Status of the connection as text. The app's own activity takes precedence over the tunnel's state. */
export function toConnectionView(state: AppState): ConnectionView {
  const { isDraining, secrets, bridge } = state
  const words = wordsOf(state)
  if (isDraining) return drainingView(words, bridge?.activeRequests ?? 0)
  if (secrets.kind === 'locked') return keychainLockedView(words, textOf(words, secrets.message))
  return bridge === null ? startingView(words) : tunnelView(words, state, bridge)
}

const PASSIVE = { actions: [], retryAt: null } as const

function startingView({ t }: ViewWords): ConnectionView {
  const [title, detail] = [t('connection.starting'), t('connection.starting.detail')]
  return { ...PASSIVE, kind: 'starting', shape: 'connecting', title, detail }
}

/** The app's own relay does not listen yet, so failed attempts to connect are no problem. */
function startingRelayView(words: ViewWords): ConnectionView {
  const detail = words.t('connection.starting.relay')
  return { ...startingView(words), detail, actions: [actionFor(words, 'pause')] }
}

function isRelayStarting({ builtInRelay }: AppState): boolean {
  return builtInRelay !== null && builtInRelay.isStarting
}

function signedOutView({ t }: ViewWords): ConnectionView {
  const [title, detail] = [t('connection.signedOut'), t('connection.signedOut.detail')]
  return { ...PASSIVE, kind: 'signedOut', shape: 'off', title, detail }
}

function offView(words: ViewWords): ConnectionView {
  const [title, detail] = [words.t('connection.off'), words.t('connection.off.detail')]
  return { ...PASSIVE, kind: 'off', shape: 'off', title, detail, actions: [actionFor(words, 'resume')] }
}

function pausedView(words: ViewWords, cause: PauseCause): ConnectionView {
  const { t } = words
  const paused = { ...PASSIVE, kind: 'paused', shape: 'off' } as const
  switch (cause) {
    case 'suspended':
      return { ...paused, title: t('connection.asleep'), detail: t('connection.asleep.detail') }
    case 'noNetwork':
      return {
        ...paused,
        title: t('connection.noNetwork'),
        detail: t('connection.noNetwork.detail'),
        actions: [actionFor(words, 'reconnect', t('action.tryNow')), actionFor(words, 'pause')],
      }
  }
}

/** Replaces sentences that ask the user to retry, because the app retries automatically. */
const WAITING_WORDS = {
  DRAINING: 'waiting.DRAINING',
  TOO_MANY_CONNECTIONS: 'waiting.TOO_MANY_CONNECTIONS',
  TOO_MANY_REQUESTS: 'waiting.TOO_MANY_REQUESTS',
  TOKEN_EXPIRED: 'waiting.TOKEN_EXPIRED',
  ISSUER_UNREACHABLE: 'waiting.ISSUER_UNREACHABLE',
} as const

function waitingTextOf(words: ViewWords, { builtInRelay }: AppState, cause: ErrorCode): string {
  if (builtInRelay !== null && cause === 'RELAY_UNREACHABLE') return words.t('waiting.builtIn')
  return isWaited(cause) ? words.t(WAITING_WORDS[cause]) : errorTextOf(words, cause)
}

function isWaited(cause: ErrorCode): cause is keyof typeof WAITING_WORDS {
  return Object.hasOwn(WAITING_WORDS, cause)
}

function drainingView({ t }: ViewWords, count: number): ConnectionView {
  const [title, detail] = [t('connection.draining'), t('connection.draining.detail', { count })]
  return { ...PASSIVE, kind: 'draining', shape: 'connecting', title, detail }
}

function keychainLockedView(words: ViewWords, detail: string): ConnectionView {
  const { t } = words
  return {
    ...PASSIVE,
    kind: 'keychainLocked',
    shape: 'attention',
    title: t('connection.keychain'),
    detail,
    actions: [actionFor(words, 'retrySecrets'), actionFor(words, 'signInAgain', t('action.signInInstead'))],
  }
}

function tunnelView(words: ViewWords, state: AppState, bridge: BridgeSnapshot): ConnectionView {
  const { tunnel, upstream, device } = bridge
  switch (tunnel.kind) {
    case 'off':
      // The bridge looks for a model server before it starts the tunnel.
      if (upstream.kind === 'unknown') return startingView(words)
      // Without a device, the user signed out while paused.
      return device === null ? signedOutView(words) : offView(words)
    case 'signedOut':
      return signedOutView(words)
    case 'connecting':
      return isRelayStarting(state) ? startingRelayView(words) : connectingView(words, state, tunnel.attempt)
    case 'online':
      return onlineView(words, state, upstream)
    case 'waiting':
      if (isRelayStarting(state)) return startingRelayView(words)
      return {
        kind: 'waiting',
        shape: 'connecting',
        title: words.t('connection.reconnecting'),
        detail: waitingTextOf(words, state, tunnel.cause),
        actions: [actionFor(words, 'reconnect', words.t('action.tryNow')), actionFor(words, 'pause')],
        retryAt: tunnel.retryAt,
      }
    case 'paused':
      return pausedView(words, tunnel.cause)
    case 'blocked':
      return {
        ...PASSIVE,
        kind: 'blocked',
        shape: 'attention',
        ...blockedWordsFor(words, state, tunnel.cause),
      }
  }
}

function connectingView(words: ViewWords, state: AppState, attempt: number): ConnectionView {
  return {
    ...PASSIVE,
    kind: 'connecting',
    shape: 'connecting',
    title: words.t(attempt === 0 ? 'connection.connecting' : 'connection.reconnecting'),
    detail: words.t('connection.connecting.detail', { relay: relayNameOf(words, state) }),
    actions: [actionFor(words, 'pause')],
  }
}

/** Online only if requests are answered: without a model, clients get errors. */
function onlineView(words: ViewWords, state: AppState, upstream: UpstreamState): ConnectionView {
  const { t } = words
  const condition = conditionOf(upstream)
  return {
    ...PASSIVE,
    kind: 'online',
    shape: condition === 'online' || condition === 'demo' ? 'online' : 'attention',
    title: t(`connection.${condition}`),
    detail:
      condition === 'online'
        ? onlineTextOf(words, state)
        : t(`connection.${condition}.detail`, { relay: relayNameOf(words, state) }),
    actions: [actionFor(words, 'pause'), actionFor(words, 'reconnect')],
  }
}

/** Says from where the models can be reached. */
function onlineTextOf(words: ViewWords, state: AppState): string {
  const { t } = words
  if (isRelayLocal(state)) return t('connection.online.local')
  if (state.builtInRelay !== null) return t('connection.online.network')
  return t('connection.online.detail', { relay: relayNameOf(words, state) })
}

function conditionOf(upstream: UpstreamState) {
  switch (upstream.kind) {
    case 'unknown':
      return 'online'
    case 'down':
      return 'down'
    case 'refusing':
      return upstream.refusal.cause
    case 'up':
      if (upstream.facts.kind === 'demo') return 'demo'
      return upstream.facts.models.length === 0 ? 'noModels' : 'online'
  }
}

function relayNameOf({ t }: ViewWords, { bridge, builtInRelay }: AppState): string {
  if (builtInRelay !== null) return t('connection.builtIn')
  const device = bridge?.device ?? null
  return device === null ? t('connection.theRelay') : hostOf(device.relayUrl)
}
