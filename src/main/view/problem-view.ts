import { parseRelayUrl } from '../../bridge/dial/relay-address.ts'
import type { ActionView, ProblemView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'
import { toUpdateView } from './update-view.ts'
import { toUpstreamView } from './upstream-view.ts'

/** A problem that may need the user's attention, with its condition. */
interface Problem {
  readonly code: string
  readonly severity: ProblemView['severity']
  readonly title: (state: AppState) => string
  /** Description and fix; `null` if the problem does not exist or follows from a worse one. */
  readonly text: (state: AppState) => string | null
  readonly action: (state: AppState) => ActionView | null
}

/** Ordered by severity. */
const PROBLEMS: readonly Problem[] = [
  {
    code: 'upstreamDown',
    severity: 'error',
    title: (state) => toUpstreamView(state).title,
    text: (state) =>
      isWanted(state) && state.bridge?.upstream.kind === 'down' ? toUpstreamView(state).detail : null,
    action: () => actionFor('detectUpstream'),
  },
  {
    code: 'upstreamRefusing',
    severity: 'error',
    title: (state) => toUpstreamView(state).title,
    text: (state) => (refusalOf(state) === 'trouble' ? toUpstreamView(state).detail : null),
    action: () => actionFor('detectUpstream'),
  },
  {
    code: 'upstreamLoading',
    severity: 'info',
    title: (state) => toUpstreamView(state).title,
    text: (state) => (refusalOf(state) === 'loading' ? toUpstreamView(state).detail : null),
    action: () => null,
  },
  {
    code: 'keychainEmptied',
    severity: 'warning',
    title: () => 'Your keychain has changed',
    text: ({ secrets, account }) =>
      secrets.kind === 'keychain' && secrets.isEmptied && account === null
        ? 'It no longer contains this app’s secrets: it was emptied or replaced. Sign in again, or restore the previous keychain and restart the app.'
        : null,
    action: () => null,
  },
  {
    code: 'secretsInMemory',
    severity: 'warning',
    title: () => 'Your sign-in is not saved',
    text: ({ secrets }) =>
      secrets.kind === 'memory'
        ? 'No system keychain is available, so your sign-in is lost when the app quits. It can be stored in a file that only your user account can read.'
        : null,
    action: () => actionFor('keepSecretsInFile'),
  },
  {
    code: 'relayNotEncrypted',
    severity: 'warning',
    title: () => 'The connection is not encrypted',
    text: ({ account }) => account && relayWarningFor(account.relayUrl),
    action: () => null,
  },
  {
    code: 'trayUnavailable',
    severity: 'warning',
    title: () => 'No tray icon',
    text: ({ hasTray, settings }) =>
      hasTray || settings.trayStyle === 'hidden'
        ? null
        : 'This desktop does not show tray icons, so closing the window quits the app. Minimize it instead. On GNOME, the extension “AppIndicator and KStatusNotifierItem Support” adds them.',
    action: () => null,
  },
  {
    code: 'updateWaiting',
    severity: 'info',
    title: ({ update }) => (update.kind === 'ready' ? 'Update ready' : 'Update available'),
    text: (state) => (isUpdateWaiting(state) ? toUpdateView(state).text : null),
    action: (state) => toUpdateView(state).action,
  },
  {
    code: 'secretsInFile',
    severity: 'info',
    title: () => 'Your sign-in is stored in a file',
    text: ({ secrets }) =>
      secrets.kind === 'file'
        ? 'It is stored in a file that only your user account can read, not in the system keychain.'
        : null,
    action: () => null,
  },
]

/** Problems that need the user's attention, besides the connection. */
export function toProblemViews(state: AppState): readonly ProblemView[] {
  const problems = PROBLEMS.flatMap(({ code, severity, title, text, action }) => {
    const words = text(state)
    return words === null ? [] : [{ code, severity, title: title(state), text: words, action: action(state) }]
  })
  return [...problems, ...noticesOf(state)]
}

function noticesOf({ notices }: AppState): ProblemView[] {
  return notices.map(({ text }, i) => ({
    code: `notice${i}`,
    severity: 'warning',
    title: 'Please note',
    text,
    action: null,
  }))
}

/** Whether the model server refuses requests, and whether only because it is loading. */
function refusalOf(state: AppState): 'trouble' | 'loading' | null {
  const upstream = state.bridge?.upstream
  if (!isWanted(state) || upstream?.kind !== 'refusing') return null
  return upstream.refusal.cause === 'loading' ? 'loading' : 'trouble'
}

/** The tunnel is or will be online, so only the model server prevents requests from working. */
function isWanted({ bridge, isDraining }: AppState): boolean {
  const kind = bridge?.tunnel.kind
  return !isDraining && (kind === 'online' || kind === 'connecting' || kind === 'waiting')
}

function isUpdateWaiting({ update }: AppState): boolean {
  // An automatic download is reported only once it is ready.
  return update.kind === 'available' || update.kind === 'ready'
}

function relayWarningFor(relayUrl: string): string | null {
  // The URL was accepted before, possibly as insecure.
  return parseRelayUrl(relayUrl, { CLOUDTOLOCALLLM_ALLOW_INSECURE: '1' }).warning
}
