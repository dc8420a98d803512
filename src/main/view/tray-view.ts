import type { IconShape, RequestView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { toConnectionView } from './connection-view.ts'
import { toPullView } from './pull-view.ts'
import { rttOf } from './relay-view.ts'
import { toRequestViews } from './request-view.ts'
import { toUpdateView } from './update-view.ts'
import { toUpstreamView } from './upstream-view.ts'
import { toLine } from './wording.ts'
import { wordsOf, type ViewWords } from './words/view-words.ts'

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
  return { shape, tooltip: tooltipFor(state, title), menu: menuFor(state) }
}

/** Changing numbers are only in the tooltip: a menu that changes closes. */
function tooltipFor(state: AppState, title: string): string {
  const rttMs = rttOf(state)
  const { queued = 0, running = 0 } = state.bridge?.jobs?.counts ?? {}
  const pull = pullLineOf(state)
  const others = queued + running - pull.length
  const parts = ['CloudToLocalLLM', title, ...pull]
  if (others > 0) parts.push(wordsOf(state).t('tray.jobs', { count: others }))
  if (rttMs !== null) parts.push(`${rttMs} ms`)
  return toLine(parts.join(' · '), MAX_TOOLTIP_CHARS)
}

/** The download of a model with its percentage; empty if there is none. */
function pullLineOf(state: AppState): readonly string[] {
  const pull = toPullView(state)
  if (pull?.kind !== 'running') return []
  const words = wordsOf(state)
  const model = toLine(pull.model, MAX_NAME_CHARS)
  if (pull.percent === null) return [words.t('pull.running', { model })]
  return [words.t('tray.pull', { model, percent: words.number(pull.percent / 100, { style: 'percent' }) })]
}

function menuFor(state: AppState): readonly TrayItem[] {
  const { bridge, window, isDraining } = state
  const { t } = wordsOf(state)
  const canCopy = bridge?.url !== undefined && bridge.device !== null
  return [
    line(toConnectionView(state).title),
    line(upstreamLineOf(state)),
    SEPARATOR,
    item(t(window === 'shown' ? 'tray.hideWindow' : 'tray.showWindow'), 'toggleWindow'),
    pauseItem(state),
    item(t('tray.reconnect'), 'reconnect', !isDraining && isStarted(state)),
    SEPARATOR,
    item(t('tray.copyUrl'), 'copyUrl', canCopy),
    item(t('tray.copyKey'), 'copyKey', canCopy),
    recentItem(state),
    SEPARATOR,
    item(t('tray.settings'), 'showSettings'),
    updateItem(state),
    item(t('tray.about'), 'about'),
    SEPARATOR,
    item(t(isDraining ? 'tray.quitNow' : 'tray.quit'), 'quit'),
  ]
}

function upstreamLineOf(state: AppState): string {
  const { kind, title, models } = toUpstreamView(state)
  if (kind !== 'up') return title
  return wordsOf(state).t('tray.upstream', { name: title, count: models.length })
}

function pauseItem(state: AppState): TrayItem {
  const { kind } = toConnectionView(state)
  const { t } = wordsOf(state)
  return kind === 'off'
    ? item(t('action.resume'), 'resume')
    : item(t('action.pause'), 'pause', !state.isDraining && isStarted(state))
}

/** The tunnel is online, or trying to connect. */
function isStarted({ bridge }: AppState): boolean {
  const kind = bridge?.tunnel.kind
  return kind !== undefined && kind !== 'off' && kind !== 'signedOut'
}

function recentItem(state: AppState): TrayItem {
  const recent = toRequestViews(state).slice(0, MAX_RECENT)
  const words = wordsOf(state)
  const items = recent.map((request) => item(requestLineOf(words, request), 'showRequests'))
  return {
    kind: 'item',
    label: words.t('tray.recent'),
    isEnabled: true,
    command: null,
    submenu: items.length === 0 ? [line(words.t('tray.noRecent'))] : items,
  }
}

/** Names, outcome and speed, without the content of the request. */
function requestLineOf(words: ViewWords, request: RequestView): string {
  const { key, model, name } = request
  const what = toLine(model ?? name, MAX_NAME_CHARS)
  return [...(key === null ? [] : [toLine(key, MAX_NAME_CHARS)]), what, outcomeOf(words, request)].join(' · ')
}

function outcomeOf(words: ViewWords, { state, tokensPerS }: RequestView): string {
  if (state !== 'done' || tokensPerS === null) return words.t(`tray.${state}`)
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 }
  return words.t('tray.tokensPerSecond', { speed: words.number(tokensPerS, digits) })
}

function updateItem(state: AppState): TrayItem {
  const { kind, action, ...update } = toUpdateView(state)
  const version = update.version ?? ''
  const { t } = wordsOf(state)
  switch (kind) {
    case 'available':
      return item(t('tray.update.available', { version }), 'update')
    case 'downloading':
      return item(t('tray.update.downloading', { version }), 'update', false)
    case 'ready':
      return action === null
        ? item(t('tray.update.waiting', { version }), 'update', false)
        : item(t('tray.update.ready', { version }), 'update')
    case 'installing':
      return item(t('tray.update.installing', { version }), 'update', false)
    case 'checking':
      return item(t('tray.update.checking'), 'update', false)
    case 'unsupported':
      return item(t('tray.update.check'), 'update', false)
    case 'idle':
    case 'failed':
      return item(t('tray.update.check'), 'update')
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
