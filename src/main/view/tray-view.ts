import type { IconShape, RequestView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { toConnectionView } from './connection-view.ts'
import { rttOf } from './relay-view.ts'
import { toRequestViews } from './request-view.ts'
import { toUpdateView } from './update-view.ts'
import { toUpstreamView } from './upstream-view.ts'
import { countOf, toLine } from './wording.ts'

export type TrayCommand =
  | 'toggleWindow'
  | 'pause'
  | 'resume'
  | 'reconnect'
  | 'copyUrl'
  | 'copyKey'
  | 'showRequests'
  | 'showSettings'
  | 'update'
  | 'about'
  | 'quit'

export type TrayItem =
  | { readonly kind: 'separator' }
  | {
      readonly kind: 'item'
      readonly label: string
      readonly isEnabled: boolean
      readonly command: TrayCommand | null
      readonly submenu: readonly TrayItem[] | null
    }

/** The tray icon, its tooltip and menu. */
export interface TrayView {
  readonly shape: IconShape
  readonly tooltip: string
  readonly menu: readonly TrayItem[]
}

/** Limit for labels, because menus do not wrap. */
const MAX_LABEL_CHARS = 60
const MAX_NAME_CHARS = 24
/** Windows truncates longer tooltips. */
const MAX_TOOLTIP_CHARS = 127
const MAX_RECENT = 10

const SEPARATOR: TrayItem = { kind: 'separator' }

/** The tray menu. Items and their order are the same in every state; unavailable ones are disabled. */
export function trayViewFor(state: AppState): TrayView {
  const { shape, title } = toConnectionView(state)
  return { shape, tooltip: tooltipFor(title, rttOf(state)), menu: menuFor(state) }
}

/** The round trip time is only in the tooltip: a menu that changes closes. */
function tooltipFor(title: string, rttMs: number | null): string {
  const parts = ['CloudToLocalLLM', title, ...(rttMs === null ? [] : [`${rttMs} ms`])]
  return toLine(parts.join(' · '), MAX_TOOLTIP_CHARS)
}

function menuFor(state: AppState): readonly TrayItem[] {
  const { bridge, window, isDraining } = state
  const canCopy = bridge?.url !== undefined && bridge.device !== null
  return [
    line(toConnectionView(state).title),
    line(upstreamLineOf(state)),
    SEPARATOR,
    item(window === 'shown' ? 'Hide window' : 'Show window', 'toggleWindow'),
    pauseItem(state),
    item('Reconnect now', 'reconnect', !isDraining && isStarted(state)),
    SEPARATOR,
    item('Copy URL', 'copyUrl', canCopy),
    item('Copy key', 'copyKey', canCopy),
    recentItem(state),
    SEPARATOR,
    item('Settings…', 'showSettings'),
    updateItem(state),
    item('About CloudToLocalLLM', 'about'),
    SEPARATOR,
    item(isDraining ? 'Quit now' : 'Quit', 'quit'),
  ]
}

function upstreamLineOf(state: AppState): string {
  const { kind, title, models } = toUpstreamView(state)
  return kind === 'up' ? `${title}, ${countOf(models.length, 'model')}` : title
}

function pauseItem(state: AppState): TrayItem {
  const { kind } = toConnectionView(state)
  return kind === 'off'
    ? item('Resume', 'resume')
    : item('Pause', 'pause', !state.isDraining && isStarted(state))
}

/** The tunnel is online, or trying to connect. */
function isStarted({ bridge }: AppState): boolean {
  const kind = bridge?.tunnel.kind
  return kind !== undefined && kind !== 'off' && kind !== 'signedOut'
}

function recentItem(state: AppState): TrayItem {
  const recent = toRequestViews(state).slice(0, MAX_RECENT)
  const items = recent.map((request) => item(requestLineOf(request), 'showRequests'))
  return {
    kind: 'item',
    label: 'Recent requests',
    isEnabled: true,
    command: null,
    submenu: items.length === 0 ? [line('None yet')] : items,
  }
}

/** Names, outcome and speed, without the content of the request. */
function requestLineOf({ key, model, path, state, tokensPerS }: RequestView): string {
  const what = toLine(model ?? path, MAX_NAME_CHARS)
  return [...(key === null ? [] : [toLine(key, MAX_NAME_CHARS)]), what, outcomeOf(state, tokensPerS)].join(
    ' · ',
  )
}

function outcomeOf(state: RequestView['state'], tokensPerS: number | null): string {
  if (state === 'running') return 'running'
  if (state === 'done') return tokensPerS === null ? 'done' : `${tokensPerS.toFixed(1)} tok/s`
  return state
}

function updateItem(state: AppState): TrayItem {
  const { kind, version, action } = toUpdateView(state)
  switch (kind) {
    case 'available':
      return item(`Version ${version} is available…`, 'update')
    case 'downloading':
      return item(`Downloading ${version}`, 'update', false)
    case 'ready':
      return action === null
        ? item(`Updates to ${version} when requests finish`, 'update', false)
        : item(`Restart to update to ${version}`, 'update')
    case 'installing':
      return item(`Updating to ${version}`, 'update', false)
    case 'checking':
      return item('Checking for updates', 'update', false)
    case 'unsupported':
      return item('Check for updates', 'update', false)
    case 'idle':
    case 'failed':
      return item('Check for updates', 'update')
  }
}

function line(label: string): TrayItem {
  return { kind: 'item', label: toLabel(label), isEnabled: false, command: null, submenu: null }
}

function item(label: string, command: TrayCommand, isEnabled = true): TrayItem {
  return { kind: 'item', label: toLabel(label), isEnabled, command, submenu: null }
}

/**
 * Electron treats a single & as a mnemonic on every system: https://github.com/electron/electron/issues/9978
 */
function toLabel(text: string): string {
  return toLine(text, MAX_LABEL_CHARS).replaceAll('&', '&&')
}
