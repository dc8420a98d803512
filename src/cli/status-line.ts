import type { BridgeSnapshot } from '../bridge/bridge.ts'
import type { RequestEvent } from '../bridge/forward/request-event.ts'
import { ERRORS, type ErrorCode } from '../shared/errors.ts'
import type { Output } from './output.ts'

/** What the status line knows besides the snapshot. */
interface Activity {
  readonly requests: number
  /** Of the last answer whose tokens were counted. */
  readonly tokensPerS: number | null
  readonly model: string | null
}

/** One line of words about a bridge. Pure. */
export function statusText({ tunnel, upstream, rttMs }: BridgeSnapshot, activity: Activity, nowMs: number): string {
  const parts = [tunnelText(tunnel, nowMs)]
  if (tunnel.kind === 'online' && rttMs !== undefined) parts.push(`${Math.max(1, Math.round(rttMs))} ms`)
  if (upstream.kind === 'up') parts.push(`${upstream.facts.name}, ${countOf(upstream.facts.models.length, 'model')}`)
  else if (upstream.kind === 'down') parts.push(`no model server: ${upstream.reason}`)
  if (activity.requests > 0) parts.push(countOf(activity.requests, 'request'))
  if (activity.tokensPerS !== null)
    parts.push(`${activity.model ?? 'last answer'} ${activity.tokensPerS.toFixed(1)} tokens/s`)
  return parts.join(' · ')
}

function tunnelText(tunnel: BridgeSnapshot['tunnel'], nowMs: number): string {
  switch (tunnel.kind) {
    case 'off':
      return '○ stopped'
    case 'signedOut':
      return `○ ${ERRORS.NOT_PAIRED.text}`
    case 'connecting':
      return '◌ connecting'
    case 'online':
      return '● online'
    case 'waiting':
      return `◌ ${reasonFor(tunnel.cause)} Next try in ${Math.max(0, Math.ceil((tunnel.retryAt - nowMs) / 1000))} s.`
    case 'paused':
      return '○ paused'
    case 'blocked':
      return `✗ ${reasonFor(tunnel.cause)}`
  }
}

function reasonFor(code: ErrorCode): string {
  return ERRORS[code].text
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Shows a bridge's state: live in one line on a terminal, a line for each change elsewhere, JSON for scripts. */
export class StatusLine {
  readonly #output: Output
  readonly #isLive: boolean
  #activity: Activity = { requests: 0, tokensPerS: null, model: null }
  #shown = ''
  #lastState = ''

  constructor(output: Output, isTerminal: boolean) {
    this.#output = output
    this.#isLive = isTerminal && !output.isJson
  }

  note(event: RequestEvent): void {
    if (event.type !== 'finish') return
    const { requests } = this.#activity
    this.#activity =
      event.tokensPerS === null
        ? { ...this.#activity, requests: requests + 1 }
        : { requests: requests + 1, tokensPerS: event.tokensPerS, model: event.model }
  }

  show(snapshot: BridgeSnapshot, nowMs: number): void {
    const { tunnel, upstream } = snapshot
    const state = JSON.stringify([tunnel, upstream.kind])
    if (state !== this.#lastState) this.#output.json({ event: 'state', state: tunnel, upstream: upstream.kind })
    const text = statusText(snapshot, this.#activity, nowMs)
    if (this.#isLive) this.#redraw(text)
    else if (state !== this.#lastState) this.#output.say(text)
    this.#lastState = state
  }

  /** Leaves the last line where it is. */
  close(): void {
    if (this.#isLive && this.#shown !== '') process.stdout.write('\n')
    this.#shown = ''
  }

  #redraw(text: string): void {
    if (text === this.#shown) return
    this.#shown = text
    const columns = process.stdout.columns ?? 80
    const line = text.length < columns ? text : `${text.slice(0, columns - 2)}…`
    process.stdout.write(`\r\u001B[2K${line}`)
  }
}
