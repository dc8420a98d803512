import { describe, expect, it } from 'vitest'
import type { RequestEvent } from '../bridge/forward/request-event.ts'
import type { Output } from './output.ts'
import { term } from './terminal-text.ts'
import { StatusLine, statusText, type Activity } from './status-line.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

const NOW = 1_000_000
const IDLE: Activity = { requests: 0, tokensPerS: null, model: null, kept: 0 }
const ONLINE: BridgeSnapshot = {
  tunnel: { kind: 'online', attempt: 0, since: NOW },
  upstream: {
    kind: 'up',
    facts: {
      baseUrl: 'http://127.0.0.1:11434',
      kind: 'ollama',
      version: '0.12.3',
      models: ['a'],
      name: 'Ollama 0.12.3',
    },
  },
  rttMs: undefined,
  url: 'https://relay.example',
  device: { id: 'd', relayUrl: 'https://relay.example/' },
  activeRequests: 0,
}

const FINISH: RequestEvent = {
  type: 'finish',
  requestId: 'r',
  method: 'POST',
  path: '/api/chat',
  key: 'phone',
  model: 'a',
  status: 200,
  error: null,
  durationMs: 1,
  bytesIn: 1,
  bytesOut: 1,
  tokens: 10,
  tokensPerS: 12.34,
}

describe('statusText', () => {
  it('shows the state, the speed and the number of requests', () => {
    expect(statusText(ONLINE, IDLE, NOW)).toBe('● online · Ollama 0.12.3, 1 model')
    const activity = { requests: 2, tokensPerS: 12.34, model: 'a', kept: 1 }
    expect(statusText({ ...ONLINE, rttMs: 0.2 }, activity, NOW)).toBe(
      '● online · 1 ms · Ollama 0.12.3, 1 model · 2 requests · 1 answer kept · a 12.3 tokens/s',
    )
  })

  it('does not show the demo’s speed', () => {
    const upstream = {
      kind: 'up',
      facts: { baseUrl: 'x', kind: 'demo', version: null, models: ['demo:latest'], name: 'Demo model' },
    } as const
    const activity = { requests: 1, tokensPerS: 357_421, model: 'demo:latest', kept: 0 }
    expect(statusText({ ...ONLINE, upstream }, activity, NOW)).toBe(
      '● online · Demo model, 1 model · 1 request',
    )
  })

  it('reports once why a model server is missing', () => {
    const upstream = {
      kind: 'down',
      baseUrl: null,
      since: NOW,
      reason: 'No model server was found.',
    } as const
    expect(statusText({ ...ONLINE, upstream }, IDLE, NOW)).toBe('◐ connected · No model server was found.')
  })

  it('reports why a model server refuses requests', () => {
    const refusal = {
      baseUrl: 'http://127.0.0.1:8080',
      cause: 'loading',
      status: 503,
      isModelServer: true,
    } as const
    const reason = 'llama.cpp at http://127.0.0.1:8080 is still loading a model.'
    const upstream = { kind: 'refusing', refusal, since: NOW, reason } as const
    expect(statusText({ ...ONLINE, upstream }, IDLE, NOW)).toBe(`◐ connected · ${reason}`)
  })

  it('reports why it waits and for how long, never for 0 s', () => {
    const waiting = (retryAt: number): BridgeSnapshot['tunnel'] => ({
      kind: 'waiting',
      attempt: 3,
      retryAt,
      cause: 'RELAY_UNREACHABLE',
    })
    expect(statusText({ ...ONLINE, tunnel: waiting(NOW + 4200) }, IDLE, NOW)).toMatch(
      /^◌ https:\/\/relay\.example\/: .*cannot be reached.*within 5 s/,
    )
    expect(statusText({ ...ONLINE, tunnel: waiting(NOW - 1) }, IDLE, NOW)).toMatch(/within 1 s/)
  })

  it('does not mention models once the tunnel has ended', () => {
    expect(statusText({ ...ONLINE, tunnel: { kind: 'off' } }, IDLE, NOW)).toBe('○ stopped')
    const blocked = statusText({ ...ONLINE, tunnel: { kind: 'blocked', cause: 'REPLACED' } }, IDLE, NOW)
    expect(blocked).toMatch(/^✗ Another bridge.*again\.$/)
  })
})

describe('StatusLine', () => {
  function shown(isLive: boolean) {
    const said: string[] = []
    const live: string[] = []
    const events: object[] = []
    const output: Output = {
      isJson: false,
      isStyled: false,
      columns: 80,
      isLive,
      json: (value) => void events.push(value),
      say: (words) => void said.push(term`${words}`.text),
      warn: () => {},
      ask: () => {},
      showLive: (line) => void live.push(line),
      endLive: () => {},
      flush: () => {},
    }
    return { line: new StatusLine(output), said, live, events }
  }

  it('prints each state once to scripts and logs, not each request', () => {
    const { line, said, events } = shown(false)
    line.show(ONLINE, NOW)
    line.note(FINISH)
    line.show({ ...ONLINE, rttMs: 5 }, NOW)
    expect(said).toEqual(['● online · Ollama 0.12.3, 1 model'])
    expect(events).toEqual([{ event: 'state', state: ONLINE.tunnel, upstream: 'up', upstreamKind: 'ollama' }])
  })

  it('prints a line to scripts and logs when another server takes over', () => {
    const { line, said, events } = shown(false)
    const facts = { baseUrl: 'x', kind: 'demo', version: null, models: ['d'], name: 'Demo model' } as const
    line.show({ ...ONLINE, upstream: { kind: 'up', facts } }, NOW)
    line.note(FINISH)
    line.show(ONLINE, NOW)
    expect(said).toEqual(['● online · Demo model, 1 model', '● online · Ollama 0.12.3, 1 model · 1 request'])
    expect(events).toMatchObject([{ upstreamKind: 'demo' }, { upstreamKind: 'ollama' }])
  })

  it('prints an outage once to logs, however many attempts it takes, and every attempt to scripts', () => {
    const { line, said, events } = shown(false)
    const show = (tunnel: BridgeSnapshot['tunnel']): void => line.show({ ...ONLINE, tunnel }, NOW)
    const cause = 'RELAY_UNREACHABLE'
    show({ kind: 'connecting', attempt: 0, since: NOW })
    for (const attempt of [1, 2, 3]) {
      show({ kind: 'waiting', attempt, retryAt: NOW + attempt, cause })
      show({ kind: 'connecting', attempt, since: NOW })
    }
    show({ kind: 'waiting', attempt: 4, retryAt: NOW + 4, cause: 'DRAINING' })
    show(ONLINE.tunnel)
    show({ kind: 'waiting', attempt: 1, retryAt: NOW + 1, cause })
    expect(said.map((text) => text.slice(0, 12))).toEqual([
      '◌ connecting',
      '◌ https://re',
      '◌ https://re',
      '● online · O',
      '◌ https://re',
    ])
    expect(events).toHaveLength(10)
  })

  it('prints nothing about a tunnel that has not been started yet', () => {
    const { line, said, events } = shown(false)
    line.show({ ...ONLINE, tunnel: { kind: 'off' } }, NOW)
    expect([...said, ...events]).toEqual([])
  })

  it('counts requests live, and keeps the last speed if a request has none', () => {
    const { line, said, live } = shown(true)
    line.show(ONLINE, NOW)
    line.note(FINISH)
    line.note({ ...FINISH, tokensPerS: null, model: null })
    line.show(ONLINE, NOW)
    expect(live.at(-1)).toMatch(/2 requests · a 12\.3 tokens\/s$/)
    expect(said).toEqual([])
  })
})
