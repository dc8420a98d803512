import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerRun, type AnswerRunOptions, type RunUpdate } from './answer-run.ts'
import { MAX_RECORD_BYTES, type ChatApi } from './answer-records.ts'
import type { RunPosition } from './conversation.ts'
import { NO_PARAMETERS } from './initial-view.ts'
import type { ChatPorts } from './ports.ts'

const POSITION: RunPosition = {
  name: 'n1',
  api: 'ollama',
  offset: 0,
  asked: { system: '', parameters: NO_PARAMETERS },
}
const encoder = new TextEncoder()
const WORDS = ['Grüße', ' from', ' the 🦙', ' at', ' home', ': ping\n', ' \n\n', '.']

/** The owner has only one device. */

function wholeAnswer(api: ChatApi): Uint8Array {
  const records =
    api === 'ollama'
      ? [
          ...WORDS.map((content) => `${JSON.stringify({ message: { content } })}\n`),
          `${JSON.stringify({ message: { content: '' }, done: true, eval_count: 8, eval_duration: 2e9 })}\n`,
        ]
      : [
          ': a comment of the server\n\n',
          ...WORDS.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`),
          `data: ${JSON.stringify({ choices: [], usage: { completion_tokens: 8, prompt_tokens: 3 } })}\r\n\r\n`,
          'data: [DONE]\n\n',
        ]
  return encoder.encode(records.join(''))
}

/** Places where the relay may insert a heartbeat. */
function boundariesOf(api: ChatApi, bytes: Uint8Array): number[] {
  const text = [...bytes].map((byte) => String.fromCharCode(byte)).join('')
  const ends = [...text.matchAll(api === 'ollama' ? /\n/g : /\n\n|\r\n\r\n/g)]
  return [0, ...ends.map(({ index, 0: end }) => index + end.length)].filter((at) => at < bytes.length)
}

interface Cut {
  /** Bytes of the answer in this connection. */
  readonly after: number
  readonly how: 'break' | 'end' | 'error' | 'offline' | 'noResponse'
  readonly heartbeats: boolean
  readonly chunk: number
}

/** A desktop that keeps one answer, behind connections that are cut as planned. */
class KeptAnswer {
  generations = 0
  readonly #api: ChatApi
  readonly #bytes: Uint8Array
  readonly #boundaries: readonly number[]
  readonly #cuts: Cut[]

  constructor(api: ChatApi, cuts: readonly Cut[]) {
    this.#api = api
    this.#bytes = wholeAnswer(api)
    this.#boundaries = boundariesOf(api, this.#bytes)
    this.#cuts = [...cuts]
  }

  readonly request: ChatPorts['request'] = async (path, { method }) => {
    if (path === 'v1/streams/lookup')
      return Response.json([{ is_done: true, total_bytes: this.#bytes.length, error: null }])
    const cut = this.#cuts.shift()
    if (cut?.how === 'noResponse') throw new TypeError('network')
    if (cut?.how === 'offline')
      return new Response('{"error":"offline"}', { status: 503, headers: { 'x-error-code': 'OFFLINE' } })
    if (method === 'POST') this.generations = 1
    const from = Number(new URL(path, 'https://relay.example').searchParams.get('from'))
    return new Response(this.#streamFrom(from, cut))
  }

  #streamFrom(from: number, cut: Cut | undefined): ReadableStream<Uint8Array> {
    const end = cut === undefined ? this.#bytes.length : Math.min(this.#bytes.length, from + cut.after)
    const pieces = this.#piecesOf(from, end, cut)
    return new ReadableStream({
      pull(controller) {
        const piece = pieces.shift()
        if (piece !== undefined) controller.enqueue(piece)
        else if (cut?.how === 'break') controller.error(new TypeError('cut'))
        else controller.close()
      },
    })
  }

  #piecesOf(from: number, end: number, cut: Cut | undefined): Uint8Array[] {
    const beat = this.#api === 'ollama' ? '  ' : ': ping\n: ping\n'
    const joined: number[] = []
    for (let at = from; at < end; at++) {
      if (cut?.heartbeats && this.#boundaries.includes(at)) joined.push(...encoder.encode(beat))
      joined.push(this.#bytes[at] ?? 0)
    }
    if (cut?.how === 'error') joined.push(...encoder.encode(this.#errorAt(end)))
    const size = cut?.chunk ?? 50
    return Array.from({ length: Math.ceil(joined.length / size) }, (_, i) =>
      Uint8Array.from(joined.slice(i * size, (i + 1) * size)),
    )
  }

  /** The relay completes a partial record before its error. */
  #errorAt(end: number): string {
    const isBoundary = this.#boundaries.includes(end)
    const json = '{"error":{"message":"The tunnel was lost."}}'
    return this.#api === 'ollama'
      ? `${isBoundary ? '' : '\n'}${json}\n`
      : `${isBoundary ? '' : '\n\n'}data: ${json}\n\n`
  }
}

function portsFor(request: ChatPorts['request']): ChatPorts {
  let now = 0
  return {
    request,
    now: () => (now += 1_000),
    // Pauses are skipped; the watch over silence must not fire.
    after(delayMs, callback) {
      const timer = delayMs < 40_000 ? setTimeout(callback, 0) : undefined
      return () => clearTimeout(timer)
    },
    random: () => 0.5,
    newId: () => 'id',
  }
}

function runOf(request: ChatPorts['request'], options: Partial<AnswerRunOptions>): AnswerRun {
  return new AnswerRun({
    ports: portsFor(request),
    key: 'ctl_key',
    position: POSITION,
    isModelLoaded: true,
    deviceNow: async () => undefined,
    body: async () => '{}',
    onUpdate: () => {},
    ...options,
  })
}

async function outcomeOf(request: ChatPorts['request'], api: ChatApi = 'ollama', offset = 0) {
  const updates: RunUpdate[] = []
  const position = { ...POSITION, api, offset }
  const run = runOf(request, { position, onUpdate: (update) => updates.push(update) })
  await run.run()
  const text = updates.map((update) => (update.kind === 'text' ? update.text : '')).join('')
  return { run, updates, text, last: updates.at(-1) }
}

function brokenAfter(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift()
      if (piece === undefined) controller.error(new TypeError('cut'))
      else controller.enqueue(piece)
    },
  })
}

const cut = fc.record<Cut>({
  after: fc.nat(400),
  how: fc.constantFrom('break', 'end', 'error', 'offline', 'noResponse'),
  heartbeats: fc.boolean(),
  chunk: fc.integer({ min: 1, max: 60 }),
})

const errorAfter = (after: number): Cut => ({ after, how: 'error', heartbeats: false, chunk: 50 })
/** The second error ends exactly where the answer ends. */
const FITTING_ERROR: [Cut[]] = [[errorAfter(258), errorAfter(35)]]

describe('AnswerRun', () => {
  it.each<ChatApi>(['ollama', 'openai'])('shows every byte once after any cuts, in %s', async (api) => {
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 8 }), async (cuts) => {
        const answer = new KeptAnswer(api, cuts)
        const { text, last } = await outcomeOf(answer.request, api)
        expect([text, last?.kind, answer.generations]).toEqual([WORDS.join(''), 'done', 1])
      }),
      { numRuns: 150, examples: [FITTING_ERROR] },
    )
  })

  it('reports the model server’s figures', async () => {
    const { updates } = await outcomeOf(new KeptAnswer('ollama', []).request)
    expect(updates).toContainEqual({
      kind: 'figures',
      figures: { tokens: 8, promptTokens: null, tokensPerS: 4 },
    })
  })

  it('reports that the rest is lost if the desktop no longer has it', async () => {
    const { last } = await outcomeOf(
      async () => new Response('{"error":"gone"}', { status: 404 }),
      'ollama',
      10,
    )
    expect(last).toEqual({ kind: 'failed', problem: { kind: 'answerLost' }, canContinue: false })
  })

  it.each([
    [401, '{"error":"no"}', { kind: 'keyRefused' }, true],
    [404, '{"error":"no"}', { kind: 'told', message: 'no' }, false],
    [400, '{"error":"no"}', { kind: 'told', message: 'no' }, false],
    [500, 'no', { kind: 'status', status: 500 }, false],
    [502, '{"error":"no"}', { kind: 'told', message: 'no' }, false],
  ])('gives up after status %i', async (status, body, problem, canContinue) => {
    const { last } = await outcomeOf(async () => new Response(body, { status }))
    expect(last).toEqual({ kind: 'failed', problem, canContinue })
  })

  it('gives up on an answer with an endless record, without requesting it again', async () => {
    let requests = 0
    const { last } = await outcomeOf(async () => {
      requests++
      return new Response('x'.repeat(MAX_RECORD_BYTES + 1))
    })
    expect([last, requests]).toEqual([
      { kind: 'failed', problem: { kind: 'answerUnreadable' }, canContinue: false },
      1,
    ])
  })

  it('waits in the queue for as long as the relay says', async () => {
    const answer = new KeptAnswer('ollama', [])
    const headers = { 'retry-after': '7', 'x-queue-position': '2' }
    let tries = 0
    const { updates, last } = await outcomeOf(async (path, init) =>
      tries++ === 0 ? new Response('{}', { status: 429, headers }) : answer.request(path, init),
    )
    const waiting = updates.find((update) => update.kind === 'waiting' && update.for.kind === 'queue')
    expect(waiting).toMatchObject({ for: { place: 2 } })
    expect(last?.kind).toBe('done')
  })

  it('waits for as long as the relays cannot find the desktop', async () => {
    const answer = new KeptAnswer('ollama', [])
    const headers = { 'x-error-code': 'SHARED_STATE_UNREACHABLE' }
    let tries = 0
    const { last } = await outcomeOf(async (path, init) =>
      tries++ < 20 ? new Response('{}', { status: 503, headers }) : answer.request(path, init),
    )
    expect(last?.kind).toBe('done')
  })

  it('the model server’s own error ends the answer', async () => {
    const { text, last } = await outcomeOf(async (path) =>
      path === 'v1/streams/lookup'
        ? Response.json([{ is_done: true, total_bytes: 26, error: null }])
        : new Response('{"error":"out of memory"}\n'),
    )
    expect([text, last]).toEqual([
      '',
      { kind: 'failed', problem: { kind: 'told', message: 'out of memory' }, canContinue: false },
    ])
  })

  it.each([
    ['UPSTREAM_FAILED', { kind: 'answerBroken' }],
    ['FUTURE_CODE', { kind: 'told', message: 'In English.' }],
  ])('explains the error %s of the desktop in the reader’s language', async (error, problem) => {
    const part = `${JSON.stringify({ message: { content: 'part' } })}\n`
    const { text, last } = await outcomeOf(async (path) =>
      path === 'v1/streams/lookup'
        ? Response.json([{ is_done: true, total_bytes: part.length, error }])
        : new Response(`${part}{"error":"In English."}\n`),
    )
    expect([text, last]).toEqual(['part', { kind: 'failed', problem, canContinue: false }])
  })

  it('ends with the answer of which only the connection’s end tells that it failed', async () => {
    const bytes = encoder.encode(`${JSON.stringify({ message: { content: 'part' } })}\n{"mess`)
    const { text, last } = await outcomeOf(async (path) => {
      if (path === 'v1/streams/lookup')
        return Response.json([{ is_done: true, total_bytes: bytes.length, error: 'UPSTREAM_FAILED' }])
      const from = Number(new URL(path, 'https://relay.example').searchParams.get('from'))
      return new Response(brokenAfter(bytes.subarray(from)))
    })
    expect([text, last]).toEqual([
      'part',
      { kind: 'failed', problem: { kind: 'answerBroken' }, canContinue: false },
    ])
  })

  it('joins the answer that another tab requested with a different text of an earlier one', async () => {
    const desktop = new KeptAnswer('ollama', [])
    const { text, last } = await outcomeOf(async (path, init) =>
      init.method === 'POST' && path === 'api/chat'
        ? new Response('{}', { status: 422 })
        : desktop.request(path, init),
    )
    expect([text, last?.kind]).toEqual([WORDS.join(''), 'done'])
  })

  it('does not continue with another answer of the same name, which the desktop began after it had forgotten this one', async () => {
    const part = `${JSON.stringify({ message: { content: 'part' } })}\n`
    const { text, last } = await outcomeOf(async (path, { headers, method }) => {
      if (path === 'v1/streams/lookup')
        return Response.json([{ is_done: false, total_bytes: 1_000, error: null }])
      if (method === 'POST') return new Response(part, { headers: { etag: 'W/"1"' } })
      const isOther = new Headers(headers).get('if-match') !== 'W/"2"'
      return isOther ? new Response('{}', { status: 412 }) : new Response(part)
    })
    expect([text, last]).toEqual([
      'part',
      { kind: 'failed', problem: { kind: 'answerLost' }, canContinue: false },
    ])
  })

  it('stops the model, even if its request arrives later than the stop', async () => {
    const asked: string[] = []
    const never = new Promise<Response>(() => {})
    const request: ChatPorts['request'] = async (path, { method }) => {
      asked.push(`${method} ${path}`)
      if (method !== 'DELETE') return never
      return new Response(null, { status: asked.length < 4 ? 404 : 204 })
    }
    const updates: RunUpdate[] = []
    const run = runOf(request, {
      position: { ...POSITION, name: 'a/b' },
      isModelLoaded: false,
      onUpdate: (update) => updates.push(update),
    })
    void run.run()
    await new Promise((resolve) => setTimeout(resolve, 0))
    await run.stop()
    expect(asked).toEqual(['POST api/chat', ...Array(3).fill('DELETE v1/stream/a%2Fb')])
    expect(updates).toEqual([{ kind: 'waiting', for: { kind: 'modelLoading' } }])
  })

  it('stops once what has arrived, even if the desktop does not know it any more', async () => {
    const asked: string[] = []
    const request: ChatPorts['request'] = async (_path, { method = 'GET' }) => {
      asked.push(method)
      return method === 'DELETE' ? new Response(null, { status: 404 }) : new Response(new ReadableStream())
    }
    const run = runOf(request, {})
    void run.run()
    await new Promise((resolve) => setTimeout(resolve, 0))
    await run.stop()
    expect(asked).toEqual(['POST', 'DELETE'])
  })

  it('does not ask for an answer that is stopped while the request is prepared', async () => {
    const asked: string[] = []
    const request: ChatPorts['request'] = async (_path, { method = 'GET', signal }) => {
      signal?.throwIfAborted()
      asked.push(method)
      return new Response(null, { status: 204 })
    }
    const { promise, resolve } = Promise.withResolvers<string>()
    const run = runOf(request, { body: () => promise })
    const running = run.run()
    await run.stop()
    resolve('{}')
    await running
    expect(asked).toEqual(['DELETE'])
  })
})
