import type { RequestEvent } from '../bridge/forward/request-event.ts'
import { errorWords } from '../shared/errors.ts'
import { wordsFor } from '../shared/words.ts'
import type { Output } from './output.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

/** Status line inputs besides the snapshot. */
export interface Activity {
  readonly requests: number
  /** Speed of the last response whose tokens were counted. */
  readonly tokensPerS: number | null
  readonly model: string | null
  /** Answers that wait for their clients. */
  readonly kept: number
}

/** A bridge's status in one line. Pure. */
export function statusText(
  snapshot: BridgeSnapshot,
  { requests, tokensPerS, model, kept }: Activity,
  nowMs: number,
): string {
  const { tunnel, upstream, rttMs } = snapshot
  const parts = [tunnelText(snapshot, nowMs)]
  if (tunnel.kind === 'online' && rttMs !== undefined) parts.push(`${Math.max(1, Math.round(rttMs))} ms`)
  if (tunnel.kind !== 'off' && tunnel.kind !== 'blocked') parts.push(...upstreamText(upstream))
  if (requests > 0) parts.push(countOf(requests, 'request'))
  if (kept > 0) parts.push(`${countOf(kept, 'answer')} kept`)
  const isDemo = upstream.kind === 'up' && upstream.facts.kind === 'demo'
  // The demo's speed is artificial.
  if (tokensPerS !== null && !isDemo)
    parts.push(`${model ?? 'last answer'} ${tokensPerS.toFixed(1)} tokens/s`)
  return parts.join(' · ')
}

function tunnelText({ tunnel, device, upstream }: BridgeSnapshot, nowMs: number): string {
  switch (tunnel.kind) {
    case 'off':
      return '○ stopped'
    case 'signedOut':
      return `○ ${wordsFor(errorWords('NOT_PAIRED'), 'cli')}`
    case 'connecting':
      return '◌ connecting'
    case 'online':
      // Online, but unusable without a model.
      return canAnswer(upstream) ? '● online' : '◐ connected'
    case 'waiting':
      return `◌ ${relayText(device)}${wordsFor(errorWords(tunnel.cause), 'cli')} Next attempt within ${secondsUntil(tunnel.retryAt, nowMs)} s.`
    case 'paused':
      return '○ paused'
    case 'blocked':
      return `✗ ${wordsFor(errorWords(tunnel.cause), 'cli')}`
  }
}

function canAnswer(upstream: BridgeSnapshot['upstream']): boolean {
  return upstream.kind === 'up' && upstream.facts.models.length > 0
}

/** The relay's host, which may have been configured long ago. */
function relayText(device: BridgeSnapshot['device']): string {
  return device === null ? '' : `${device.relayUrl}: `
}

function upstreamText(upstream: BridgeSnapshot['upstream']): string[] {
  switch (upstream.kind) {
    case 'unknown':
      return []
    case 'up':
      return [`${upstream.facts.name}, ${countOf(upstream.facts.models.length, 'model')}`]
    case 'refusing':
    case 'down':
      return [upstream.reason]
  }
}

function secondsUntil(whenMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((whenMs - nowMs) / 1000))
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Shows a bridge's state: a live line on a terminal, a line per change elsewhere, JSON for scripts. */
export class StatusLine {
  readonly #output: Output
  #activity: Activity = { requests: 0, tokensPerS: null, model: null, kept: 0 }
  readonly #kept = new Set<string>()
  #lastState = ''
  #lastServer: string | undefined
  /** The cause of the outage that was last printed; cleared when the outage ends. */
  #outage: string | undefined

  constructor(output: Output) {
    this.#output = output
  }

  note(event: RequestEvent): void {
    if (event.type === 'kept') this.#noteKept(event)
    if (event.type !== 'finish') return
    const { tokensPerS, model } = event.tokensPerS === null ? this.#activity : event
    this.#activity = { ...this.#activity, requests: this.#activity.requests + 1, tokensPerS, model }
  }

  #noteKept({ requestId, until }: Extract<RequestEvent, { readonly type: 'kept' }>): void {
    if (until === null) this.#kept.delete(requestId)
    else this.#kept.add(requestId)
    this.#activity = { ...this.#activity, kept: this.#kept.size }
  }

  show(snapshot: BridgeSnapshot, nowMs: number): void {
    const { tunnel, upstream } = snapshot
    // Nothing to report before the tunnel is started.
    if (tunnel.kind === 'off' && this.#lastState === '') return
    // Replacing the demo by another server is reported too, with its own speed.
    const server = upstream.kind === 'up' ? upstream.facts.kind : undefined
    if (server !== this.#lastServer) this.#activity = { ...this.#activity, tokensPerS: null, model: null }
    this.#lastServer = server
    const text = statusText(snapshot, this.#activity, nowMs)
    this.#output.showLive(text)
    const state = JSON.stringify([tunnel, upstream.kind, server])
    if (state === this.#lastState) return
    this.#lastState = state
    this.#output.json({ event: 'state', state: tunnel, upstream: upstream.kind, upstreamKind: server })
    if (!this.#output.isLive) this.#sayChange(snapshot, text)
  }

  /** An outage is one line, however many attempts it takes. */
  #sayChange({ tunnel }: BridgeSnapshot, text: string): void {
    const isRetrying = tunnel.kind === 'connecting' && this.#outage !== undefined
    const cause = tunnel.kind === 'waiting' ? tunnel.cause : undefined
    const outage = isRetrying ? this.#outage : cause
    if (outage !== undefined && outage === this.#outage) return
    this.#outage = outage
    this.#output.say(text)
  }
}
