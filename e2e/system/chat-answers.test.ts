import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { ChatApi } from '../../src/web/chat/answer-records.ts'
import { NO_PARAMETERS } from '../../src/web/chat/initial-view.ts'
import { AnswerRun, type RunUpdate } from '../../src/web/chat/answer-run.ts'
import { scriptIn, textOf } from '../support/fake-answers.ts'
import type { FakeUpstream } from '../support/fake-upstream.ts'
import { fresh as it } from '../support/fixtures.ts'
import { PATIENCE_MS } from '../support/patience.ts'
import type { Desk } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** How the engine obtains an answer, without a browser, through a real relay and a real bridge. */
class Asking {
  readonly updates: RunUpdate[] = []
  readonly run: AnswerRun
  readonly over: Promise<void>
  requests = 0

  constructor({ relayUrl, key }: Desk, api: ChatApi, options: object = {}) {
    const messages = [{ role: 'user', content: 'hi' }]
    this.run = new AnswerRun({
      ports: {
        request: (path, init) => {
          this.requests++
          return fetch(`${relayUrl}/${path}`, init)
        },
        now: () => Date.now(),
        after(delayMs, callback) {
          const timer = setTimeout(callback, delayMs)
          return () => clearTimeout(timer)
        },
        random: () => 0,
        newId: () => 'id',
      },
      key,
      position: { name: 'turn-1', api, offset: 0, asked: { system: '', parameters: NO_PARAMETERS } },
      isModelLoaded: null,
      deviceNow: async () => undefined,
      body: async () => JSON.stringify({ model: 'fake', messages, stream: true, options }),
      onUpdate: (update) => this.updates.push(update),
    })
    this.over = this.run.run()
  }

  get text(): string {
    return this.updates.map((update) => (update.kind === 'text' ? update.text : '')).join('')
  }

  get last(): RunUpdate | undefined {
    return this.updates.at(-1)
  }

  /** Resolves at its end, or after this time. */
  async settled(deadlineMs = PATIENCE_MS): Promise<void> {
    await Promise.race([this.over, delay(deadlineMs, undefined, { ref: false })])
    this.run.leave()
  }

  isWaitingFor(reason: string): boolean {
    return this.updates.some((update) => update.kind === 'waiting' && update.for.kind === reason)
  }
}

const TOKENS = textOf(scriptIn({}))

function generations({ seen }: FakeUpstream): number {
  return seen.filter(({ method, path }) => method === 'POST' && path !== '/api/show').length
}

describe.each<ChatApi>(['ollama', 'openai'])('an answer in the API of %s', (api) => {
  it.for([0, 3])(
    'ends with the model server’s own error after %i tokens, after one request',
    async (breakAfter, { desk, upstream }) => {
      const asking = new Asking(desk, api, { tokens: 5, intervalMs: 5, breakAfter, breakBy: 'error' })
      await asking.settled()
      expect(asking.last).toMatchObject({ kind: 'failed', problem: { message: 'the runner has crashed' } })
      expect(generations(upstream)).toBe(1)
      expect(asking.requests).toBeLessThan(6)
    },
  )

  it('reports if the model server disappears in the middle', async ({ desk, upstream }) => {
    const asking = new Asking(desk, api, { tokens: 5, intervalMs: 5, breakAfter: 3, breakBy: 'reset' })
    await asking.settled()
    expect(asking.last?.kind).toBe('failed')
    expect(asking.text).toBe('token-0 token-1 token-2 ')
    expect(generations(upstream)).toBe(1)
  })

  it('reports in the middle that the key was revoked', async ({ desk }) => {
    const asking = new Asking(desk, api, { tokens: 5, intervalMs: 5, stall: 3 })
    await until(() => asking.text.includes('token-2'))
    const [key] = desk.keys.list()
    await desk.keys.revoke(key!.id)
    await asking.settled()
    expect(asking.last).toMatchObject({ kind: 'failed', problem: { kind: 'keyRefused' } })
  })

  it('waits while the desktop is offline, reports it, and continues automatically', async ({
    desk,
    upstream,
  }) => {
    desk.bridge.stop()
    await until(
      async () => (await fetch(`${desk.relayUrl}/api/tags`, { headers: desk.authorization })).status === 503,
    )
    const asking = new Asking(desk, api)
    await until(() => asking.isWaitingFor('desktopOffline'))
    expect(asking.isWaitingFor('reconnecting')).toBe(false)
    await desk.bridge.start()
    await asking.settled()
    expect([asking.last?.kind, asking.text]).toEqual(['done', TOKENS])
    expect(generations(upstream)).toBe(1)
  })
})

it('ends with the finish reason, for servers that omit [DONE]', async ({ desk, upstream }) => {
  upstream.on('POST', '/v1/chat/completions', (_request, response) => {
    const record = (content: string, finish_reason: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(record('Hello', null) + record('', 'stop'))
  })
  const asking = new Asking(desk, 'openai')
  await asking.settled()
  expect([asking.last?.kind, asking.text]).toEqual(['done', 'Hello'])
})
